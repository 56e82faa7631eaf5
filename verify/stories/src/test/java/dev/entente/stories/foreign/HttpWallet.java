package dev.entente.stories.foreign;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

/** The wallet of an example participant, called over HTTP. */
final class HttpWallet implements BarrierVectors.Wallet {
    private static final int OK = 200;
    private static final int UNPROCESSABLE = 422;
    private static final Map<String, String> PATHS = Map.of(
            "action", "/debit",
            "compensate", "/refund",
            "try", "/hold",
            "confirm", "/capture",
            "cancel", "/release",
            "prepare", "/hold",
            "commit", "/capture",
            "rollback", "/release");

    private final HttpClient client;
    private final String target;

    HttpWallet(HttpClient client, String target) {
        this.client = client;
        this.target = target;
    }

    @Override
    public BarrierVectors.Answer call(BarrierVectors.Call call) throws IOException, InterruptedException {
        JsonObject body = new JsonObject();
        body.addProperty("account", call.account());
        body.addProperty("cents", call.cents());
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(target + PATHS.get(call.op())))
                .header("content-type", "application/json")
                .header("entente-gid", call.gid())
                .header("entente-branch", call.text("branch"))
                .header("entente-op", call.op())
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        for (String field : new String[] {"fence", "fence_base", "created"}) {
            if (!call.text(field).isEmpty()) {
                request.header("entente-" + field.replace('_', '-'), call.text(field));
            }
        }
        return answer(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
    }

    private static BarrierVectors.Answer answer(HttpResponse<String> response) {
        JsonObject body = JsonParser.parseString(response.body()).getAsJsonObject();
        boolean isSettled =
                response.headers().firstValue("entente-settled").orElse("").equals("true");
        JsonObject error = body.getAsJsonObject("entente");
        if (error != null) {
            JsonElement code = error.get("code");
            return new BarrierVectors.Answer(
                    error.get("reason").getAsString(), null, code == null ? "" : code.getAsString(), isSettled);
        }
        if (response.statusCode() == OK) {
            JsonElement cents = body.get("cents");
            return new BarrierVectors.Answer("ok", cents == null ? null : cents.getAsLong(), "", isSettled);
        }
        String verdict =
                response.statusCode() == UNPROCESSABLE ? "FAILED" : response.statusCode() + " " + response.body();
        return new BarrierVectors.Answer(verdict, null, "", isSettled);
    }
}
