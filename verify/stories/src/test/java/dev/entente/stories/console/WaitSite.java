package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.rig.RigCoordinator;
import dev.entente.v1.Waiting;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * A working coordinator that is called with JSON, and the reports of another coordinator about waits. For use by one
 * thread.
 */
record WaitSite(RigCoordinator working, WaitReports waitReports) {
    static final String NEVER = "\"policy\":{\"timeout\":\"3600s\",\"schedule\":[\"3600s\"]}";
    static final String ONCE = "\"policy\":{\"timeout\":\"3600s\",\"max_attempts\":1}";

    String ask(String method, String json) throws Exception {
        return ask(working, method, json);
    }

    /** Sends a JSON request over HTTP and expects status 200. */
    static String ask(RigCoordinator coordinator, String method, String json) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + coordinator.ready().http() + "/entente.v1." + method))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(method + json + answer.body()).isEqualTo(200);
            return answer.body();
        }
    }

    void plan(String method, String gid, String pattern) throws Exception {
        String json = "{\"plan\":{\"gid\":\"%s\",\"name\":\"waits\",%s}}".formatted(gid, pattern);
        ask("TransactionService/" + method, json);
    }

    void submit(String gid, String steps) throws Exception {
        plan("SubmitTransaction", gid, "\"saga\":{\"steps\":[" + steps + "]}");
    }

    /** Submits a saga with an approval before its other steps. */
    void submitWithApproval(String gid, String steps) throws Exception {
        submit(gid, "{\"id\":\"go\",\"approval\":{\"within\":\"3600s\"}}," + steps);
    }

    void act(String method, String gid, String more) throws Exception {
        ask(method, "{\"gid\":\"" + gid + "\"" + more + "}");
    }

    void go(String gid) throws Exception {
        act("TransactionService/DecideApproval", gid, ",\"branch\":\"go\",\"approved\":true");
    }

    void operate(String act, String gid) throws Exception {
        act("OperatorService/" + act + "Transaction", gid, ",\"reason\":\"a test\"");
    }

    void commit(String gid, String branches) throws Exception {
        act("TransactionService/CommitTransaction", gid, ",\"branches\":[" + branches + "]");
    }

    void awaits(String gid, Waiting.Kind kind) {
        awaits(gid, "\"kind\":\"" + kind + "\"");
    }

    /** @param reported the expected JSON, without spaces */
    void awaits(String gid, String reported) {
        await(gid + " " + reported)
                .until(() -> ask("TransactionService/GetTransaction", "{\"gid\":\"" + gid + "\"}")
                        .replace(" ", "")
                        .contains(reported));
    }

    // ---- JSON fragments

    static String call(String participant, String path, String policy) {
        return """
            {"http":{"participant":"%s","path":"%s"},"json":{},%s}\
            """.formatted(participant, path, policy);
    }

    static String step(String participant, String path, String policy, String more) {
        return """
            {"id":"pay","no_undo":true,"action":%s%s}\
            """.formatted(call(participant, path, policy), more);
    }

    static String message(String path, String policy, String key) {
        return """
            "message":{"deliveries":[%s],"ordering_key":"%s","check_back":%s,"check_back_policy":{"first_after":"3600s",\
            "every":"3600s","limit":1}}\
            """.formatted(call("shop", path, policy), key, call("shop", "/down", ONCE));
    }
}
