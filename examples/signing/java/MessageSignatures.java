// Signs a request by RFC 9421 with the standard library, sends it and prints the answer.
// COUNTERSIGN_KEY_ID=ID COUNTERSIGN_KEY_FILE=FILE java MessageSignatures.java METHOD URL [BODY]
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

class MessageSignatures {
    static Map<String, String> signatureHeaders(String method, URI uri, String body, String keyId, PrivateKey key)
            throws GeneralSecurityException {
        var headers = new LinkedHashMap<String, String>();
        var covered = new LinkedHashMap<String, String>();
        covered.put("@method", method);
        covered.put("@authority", uri.getRawAuthority().toLowerCase());
        covered.put("@path", uri.getRawPath());
        if (uri.getRawQuery() != null) covered.put("@query", "?" + uri.getRawQuery());
        if (!body.isEmpty()) {
            var hash = MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
            headers.put("Content-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(hash) + ":");
            covered.put("content-digest", headers.get("Content-Digest"));
        }
        var names = covered.keySet().stream().map(name -> '"' + name + '"').collect(Collectors.joining(" "));
        var parameters = "(%s);created=%d;keyid=\"%s\";nonce=\"%s\";tag=\"countersign\""
                .formatted(names, Instant.now().getEpochSecond(), keyId, UUID.randomUUID());
        var base = new StringBuilder();
        covered.forEach((name, value) -> base.append("\"%s\": %s\n".formatted(name, value)));
        var signature = sign(key, base + "\"@signature-params\": " + parameters);
        headers.put("Signature-Input", "sig1=" + parameters);
        headers.put("Signature", "sig1=:" + Base64.getEncoder().encodeToString(signature) + ":");
        return headers;
    }

    static byte[] sign(PrivateKey key, String text) throws GeneralSecurityException {
        var isRsa = key.getAlgorithm().equals("RSA");
        var signer = Signature.getInstance(isRsa ? "RSASSA-PSS" : "Ed25519");
        if (isRsa) signer.setParameter(new PSSParameterSpec("SHA-512", "MGF1", MGF1ParameterSpec.SHA512, 64, 1));
        signer.initSign(key);
        signer.update(text.getBytes(StandardCharsets.UTF_8));
        return signer.sign();
    }

    static PrivateKey readKey(String pem) throws GeneralSecurityException {
        var der = Base64.getMimeDecoder().decode(pem.replaceAll("-----.*-----", ""));
        if (!pem.contains("BEGIN RSA PRIVATE KEY")) {
            var isRsa = der.length > 500;
            return KeyFactory.getInstance(isRsa ? "RSA" : "Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
        }
        // Java reads PKCS#8 only, which is PKCS#1 with a few bytes before it.
        var wrapped = ByteBuffer.allocate(26 + der.length).putShort((short) 0x3082).putShort((short) (22 + der.length));
        wrapped.put(HexFormat.of().parseHex("020100300d06092a864886f70d01010105000482"));
        wrapped.putShort((short) der.length).put(der);
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(wrapped.array()));
    }

    public static void main(String[] arguments) throws Exception {
        var key = readKey(Files.readString(Path.of(System.getenv("COUNTERSIGN_KEY_FILE"))));
        var method = arguments[0];
        var uri = URI.create(arguments[1]);
        var body = arguments.length > 2 ? arguments[2] : "";
        var publisher = body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        var request = HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).method(method, publisher);
        if (!body.isEmpty()) request.header("Content-Type", "application/json");
        signatureHeaders(method, uri, body, System.getenv("COUNTERSIGN_KEY_ID"), key).forEach(request::header);
        var response = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
        System.out.println(response.statusCode() + " " + response.body());
        System.exit(response.statusCode() < 400 ? 0 : 1);
    }
}
