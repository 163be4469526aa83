import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;

/** Mistaken signers with Java's Signature: tab-separated lines, as in openssl.sh. */
public class Signers {
  static final String TIMESTAMP = System.getenv("TIMESTAMP");
  static final String PATH = System.getenv("TARGET_PATH");
  static final String QUERY = System.getenv("QUERY");
  static final AlgorithmParameterSpec PSS =
      new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1);

  static PrivateKey load(String name, String algorithm) throws Exception {
    String pem = Files.readString(Path.of(System.getenv(name))).replaceAll("-----[^-]*-----|\\s", "");
    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
  }

  static byte[] sign(String algorithm, AlgorithmParameterSpec parameters, PrivateKey key, byte[] text) throws Exception {
    Signature signer = Signature.getInstance(algorithm);
    if (parameters != null) signer.setParameter(parameters);
    signer.initSign(key);
    signer.update(text);
    return signer.sign();
  }

  static void say(String name, String causes, String type, String request, String timestamp, String signature) {
    System.out.println(String.join("\t", name, causes, type, request, timestamp, signature));
  }

  public static void main(String[] arguments) throws Exception {
    PrivateKey rsa = load("RSA_KEY", "RSA");
    PrivateKey ed25519 = load("ED25519_KEY", "Ed25519");
    Base64.Encoder base64 = Base64.getEncoder();
    byte[] text = (TIMESTAMP + "GET" + PATH).getBytes(StandardCharsets.UTF_8);

    say("RSASSA-PSS", "correct", "rsa", "GET", TIMESTAMP, base64.encodeToString(sign("RSASSA-PSS", PSS, rsa, text)));
    say("SHA256withRSA", "pkcs1_padding", "rsa", "GET", TIMESTAMP,
        base64.encodeToString(sign("SHA256withRSA", null, rsa, text)));
    say("SHA512withRSA", "pkcs1_padding", "rsa", "GET", TIMESTAMP,
        base64.encodeToString(sign("SHA512withRSA", null, rsa, text)));
    say("PSSParameterSpec.DEFAULT", "pss_sha1", "rsa", "GET", TIMESTAMP,
        base64.encodeToString(sign("RSASSA-PSS", PSSParameterSpec.DEFAULT, rsa, text)));
    AlgorithmParameterSpec mask = new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA1, 32, 1);
    say("MGF1ParameterSpec.SHA1", "mgf1_sha1", "rsa", "GET", TIMESTAMP,
        base64.encodeToString(sign("RSASSA-PSS", mask, rsa, text)));
    say("getMimeEncoder", "signature_line_breaks", "rsa", "GET", TIMESTAMP,
        Base64.getMimeEncoder().encodeToString(sign("RSASSA-PSS", PSS, rsa, text)).replace("\r\n", " "));
    say("getUrlEncoder", "signature_base64url", "rsa", "GET", TIMESTAMP,
        Base64.getUrlEncoder().encodeToString(sign("RSASSA-PSS", PSS, rsa, text)));
    byte[] utf16 = (TIMESTAMP + "GET" + PATH).getBytes(StandardCharsets.UTF_16LE);
    say("UTF_16LE", "utf16_signed", "rsa", "GET", TIMESTAMP, base64.encodeToString(sign("RSASSA-PSS", PSS, rsa, utf16)));
    byte[] decoded = (TIMESTAMP + "GET" + java.net.URI.create(System.getenv("ENCODED_PATH")).getPath()).getBytes("UTF-8");
    say("URI.getPath()", "path_encoding", "rsa", "ENCODED", TIMESTAMP,
        base64.encodeToString(sign("RSASSA-PSS", PSS, rsa, decoded)));
    byte[] body = (TIMESTAMP + "POST" + PATH + System.getenv("BODY")).getBytes("UTF-8");
    say("the body", "body_appended", "rsa", "POST", TIMESTAMP, base64.encodeToString(sign("RSASSA-PSS", PSS, rsa, body)));
    String seconds = TIMESTAMP.substring(0, 10);
    say("currentTimeMillis() / 1000", "timestamp_in_seconds", "ed25519", "GET", seconds,
        base64.encodeToString(sign("Ed25519", null, ed25519, (seconds + "GET" + PATH).getBytes("UTF-8"))));
    say("a slash at the end", "trailing_slash", "ed25519", "GET", TIMESTAMP,
        base64.encodeToString(sign("Ed25519", null, ed25519, (TIMESTAMP + "GET" + PATH + "/").getBytes("UTF-8"))));
    byte[] query = (TIMESTAMP + "GET" + PATH + QUERY).getBytes("UTF-8");
    say("SHA256withRSA over the query", "pkcs1_padding,query_signed", "rsa", "QUERY", TIMESTAMP,
        base64.encodeToString(sign("SHA256withRSA", null, rsa, query)));
    say("another timestamp, long ago", "none", "rsa", "GET", TIMESTAMP,
        base64.encodeToString(sign("RSASSA-PSS", PSS, rsa, ("1600000000000GET" + PATH).getBytes("UTF-8"))));
    say("a stranger's key", "none", "rsa", "GET", TIMESTAMP,
        base64.encodeToString(sign("SHA256withRSA", null, load("STRANGER_KEY", "RSA"), text)));
  }
}
