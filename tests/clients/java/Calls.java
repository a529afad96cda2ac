import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** Calls the server 2,000 times with Java's default client, which offers to upgrade the connection to HTTP/2. */
class Calls {
    private static final int CALLS = 2_000;

    public static void main(String[] arguments) throws Exception {
        String list = System.getenv("RECORD_LISTS") + "/record-lists/" + arguments[0];
        String deletion = "[{\"phone_number\":\"+14155550101\"}]";
        HttpClient client = HttpClient.newHttpClient();
        for (int call = 0; call < CALLS; call++) {
            HttpRequest.Builder request = call % 2 == 0
                ? request(list).GET()
                : request(list + "/records/bulks").method("DELETE", BodyPublishers.ofString(deletion));
            int status = client.send(request.build(), BodyHandlers.ofString()).statusCode();
            if (status != 200) {
                throw new IllegalStateException("call " + call + ": " + status);
            }
        }
        System.out.println("all as expected");
    }

    private static HttpRequest.Builder request(String address) {
        return HttpRequest.newBuilder(URI.create(address))
            .header("Authorization", "Bearer " + System.getenv("MANAGER"))
            .header("Content-Type", "application/json");
    }
}
