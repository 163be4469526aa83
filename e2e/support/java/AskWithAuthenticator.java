import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** Calls each URL without a signature, and prints the status, the challenge and the body of what is answered. */
class AskWithAuthenticator {
  public static void main(String[] urls) throws Exception {
    var authenticator = new Authenticator() {
      @Override
      protected PasswordAuthentication getPasswordAuthentication() {
        throw new IllegalStateException("asked for a password");
      }
    };
    var client = HttpClient.newBuilder().authenticator(authenticator).build();
    for (var url : urls) {
      var answer = client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
      var challenge = answer.headers().firstValue("www-authenticate").orElse("none");
      System.out.println(answer.statusCode() + " " + challenge + " " + answer.body());
    }
  }
}
