// Reads the key in each file that standard input names, as docs/signing.md shows: "read", or - where it cannot.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;

class ReadKeys {
    static String read(String file) throws Exception {
        var pem = Files.readString(Path.of(file));
        var der = Base64.getMimeDecoder().decode(pem.replaceAll("-----.*-----", ""));
        var isPublic = pem.contains("PUBLIC KEY");
        var factory = KeyFactory.getInstance(der.length > 200 ? "RSA" : "Ed25519");
        if (isPublic) return encode(factory.generatePublic(new X509EncodedKeySpec(der)));
        if (pem.contains("BEGIN RSA PRIVATE KEY")) {
            var wrapped = ByteBuffer.allocate(26 + der.length).putShort((short) 0x3082).putShort((short) (22 + der.length));
            wrapped.put(HexFormat.of().parseHex("020100300d06092a864886f70d01010105000482"));
            wrapped.putShort((short) der.length).put(der);
            der = wrapped.array();
        }
        PrivateKey key = factory.generatePrivate(new PKCS8EncodedKeySpec(der));
        if (!(key instanceof RSAPrivateCrtKey rsa)) return "read";
        return encode(factory.generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent())));
    }

    static String encode(PublicKey key) {
        return Base64.getEncoder().encodeToString(key.getEncoded());
    }

    public static void main(String[] arguments) throws Exception {
        var files = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String file; (file = files.readLine()) != null; ) {
            try {
                System.out.println(read(file));
            } catch (Exception error) {
                System.out.println("-");
            }
        }
    }
}
