package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.api.connect.CallsWithin;
import dev.entente.server.api.connect.ConnectCalls;
import dev.entente.server.telemetry.Metrics;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls on the HTTP port over raw sockets: pages of other sites, misbehaving clients, and many waiting calls. */
final class CallsOverHttpTest {
    private static final int MAX_BYTES = 100_000;
    private static final String REASON = "\"debug\":{\"reason\":\"ENT-001\",\"domain\":\"entente.dev\"}";
    private static final String UNSERVED = "\"debug\":{\"reason\":\"ENT-065\",\"domain\":\"entente.dev\"}";
    private static final String REFUSED = "\"debug\":{\"reason\":\"ENT-064\",\"domain\":\"entente.dev\"}";
    private static final String GET = "/entente.v1.TransactionService/GetTransaction";
    private static final String RETRY = "/entente.v1.OperatorService/RetryTransaction";

    private final Queue<StreamObserver<Transaction>> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final Metrics metrics = Metrics.withoutJvm();
    private HttpPort port;
    private CallsWithin within;

    @BeforeEach
    void open() throws IOException {
        RequestFilter filter = new RequestFilter(
                List.of("entente.shop.internal", "10.1.2.3"), _ -> false, "", false, false, ConnectCalls::refusal);
        port = HttpPort.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, filter, metrics);
        within = new CallsWithin(List.of(new Getting().bindService(), new Retrying().bindService()), List.of());
        port.serve(new ConnectCalls(within, MAX_BYTES));
    }

    @AfterEach
    void close() {
        port.stop();
        within.close();
    }

    /** Returns the requested gid at once, and the response for `hang` when the test completes the call. */
    private final class Getting extends TransactionServiceGrpc.TransactionServiceImplBase {
        @Override
        public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> observer) {
            ((ServerCallStreamObserver<Transaction>) observer).setOnCancelHandler(cancelled::incrementAndGet);
            if (request.getGid().equals("hang")) {
                waiting.add(observer);
            } else {
                answer(observer, Transaction.newBuilder().setGid(request.getGid()));
            }
        }
    }

    private static final class Retrying extends OperatorServiceGrpc.OperatorServiceImplBase {
        @Override
        public void retryTransaction(OperateRequest request, StreamObserver<Transaction> observer) {
            answer(observer, Transaction.newBuilder().setRevision(request.getIfRevision()));
        }
    }

    private static void answer(StreamObserver<Transaction> observer, Transaction.Builder transaction) {
        observer.onNext(transaction.build());
        observer.onCompleted();
    }

    private static String call(String path, String headers, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + headers
                + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private StrangerSocket connect() throws IOException {
        return StrangerSocket.connect(port.port());
    }

    private String asked(String request) throws IOException {
        try (StrangerSocket socket = connect()) {
            return socket.send(request).untilEnd();
        }
    }

    /** Gets a transaction with these headers in addition to, or instead of, the usual ones. */
    private String get(String headers) throws IOException {
        return asked(call(GET, "Connection: close\r\n" + headers, "{\"gid\":\"x\"}"));
    }

    private String from(String host, String path) throws IOException {
        return asked(call(path, "Connection: close\r\n", "{}").replace("Host: localhost", "Host: " + host));
    }

    private String of(String method, String headers) throws IOException {
        return asked(method + " " + GET + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n");
    }

    private String body(String json) throws IOException {
        return asked(call(RETRY, "Connection: close\r\n", json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LocalHost:7789",
                "127.0.0.1:1",
                "[::1]:7789",
                "[0:0:0:0:0:0:0:1]",
                "Entente.Shop.Internal",
                "10.1.2.3:80"
            })
    void a_call_to_a_known_host_is_answered(String host) throws IOException {
        assertThat(from(host, GET)).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example:7789",
                "10.1.2.4",
                "shop.internal"
            })
    void a_call_to_an_unknown_host_is_refused(String host) throws IOException {
        assertThat(from(host, GET)).startsWith("HTTP/1.1 421 ").contains("http.hosts", REFUSED);
        assertThat(from(host, "/entente.v1.Nothing/At")).startsWith("HTTP/1.1 421 ");
        assertThat(asked("GET /livez HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .describedAs("probes name a pod's address")
                .startsWith("HTTP/1.1 200 ");
        assertThat(metrics.exposition()).contains("entente_http_port_refused_total{why=\"call\"} 2");
        assertThat(asked("POST " + GET + " HTTP/1.0\r\n\r\n")).contains(" 421 ", REFUSED);
    }

    @Test
    void a_call_from_another_origin_is_refused_without_cors_headers() throws IOException {
        String preflight = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n";
        for (String origin :
                List.of("https://evil.example", "null", "http://localhost:8080", "http://localhost.evil")) {
            assertThat(get("Origin: " + origin + "\r\n"))
                    .startsWith("HTTP/1.1 403 ")
                    .contains("\"code\":\"permission_denied\"", REFUSED);
            assertThat(of("OPTIONS", "Origin: " + origin + "\r\n" + preflight))
                    .startsWith("HTTP/1.1 403 ")
                    .doesNotContainIgnoringCase("access-control");
        }
        assertThat(of("OPTIONS", preflight)).startsWith("HTTP/1.1 405 ").doesNotContainIgnoringCase("access-control");
        assertThat(get("Origin: http://localhost\r\n")).startsWith("HTTP/1.1 200 ");
        assertThat(get("Origin: http://localhost\r\nOrigin: https://evil.example\r\n"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(get("Origin: http://localhost\r\nOrigin: http://localhost\r\n"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(get("Origin: \r\n")).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void cookies_are_ignored_and_forms_are_not_calls() throws IOException {
        assertThat(get("Cookie: authorization=Bearer%20x; session=1\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .doesNotContainIgnoringCase("set-cookie");
        for (String type : List.of(
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "text/plain",
                "application/proto",
                "application/connect+json",
                "application/json; charset=latin1")) {
            assertThat(asked(call(GET, "Connection: close\r\n", "{}").replace("application/json", type)))
                    .as(type)
                    .startsWith("HTTP/1.1 415 ")
                    .contains("\"code\":\"unimplemented\"", UNSERVED);
        }
        assertThat(of("POST", "Content-Length: 0\r\n")).startsWith("HTTP/1.1 415 ");
        assertThat(asked(call(GET, "Connection: close\r\n", "{}").replace("json", "JSON; charset=UTF-8")))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void a_request_that_is_not_a_unary_call_is_refused() throws IOException {
        assertThat(of("GET", "")).startsWith("HTTP/1.1 405 ").contains("Allow: POST\r\n", UNSERVED);
        for (String path : List.of(
                "/entente.v1.TransactionService/Nothing",
                "/entente.v1.TransactionService/",
                GET + "/more",
                "/entente.v1.ParticipantService/ListBarrierRows",
                "/grpc.health.v1.Health/Check",
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")) {
            assertThat(from("localhost", path))
                    .startsWith("HTTP/1.1 404 ")
                    .contains("Content-Type: application/json\r\n")
                    .contains("{\"code\":\"unimplemented\",\"message\":\"ENT-065: unknown method", UNSERVED);
        }
        assertThat(from("localhost", "/" + GET)).startsWith("HTTP/1.1 400 ").contains("ENT-001: request: ", "(//)");
        for (String stream : List.of("TransactionService/WatchTransaction", "OperatorService/OperateMatching")) {
            assertThat(from("localhost", "/entente.v1." + stream))
                    .startsWith("HTTP/1.1 501 ")
                    .contains("this call is a stream; use gRPC");
        }
    }

    @Test
    void headers_of_the_connect_protocol_are_checked_strictly() throws IOException {
        assertThat(get("Connect-Protocol-Version: 1\r\n")).startsWith("HTTP/1.1 200 ");
        assertThat(get("Content-Encoding: identity\r\n")).startsWith("HTTP/1.1 200 ");
        assertThat(get("Content-Encoding: gzip\r\n"))
                .startsWith("HTTP/1.1 501 ")
                .contains("is not supported; use identity");
        assertThat(get("Connect-Timeout-Ms: 5s\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .contains("connect-timeout-ms");
        assertThat(get("Connect-Timeout-Ms: 9999999999\r\n")).startsWith("HTTP/1.1 200 ");
        assertThat(get("Content-Encoding: Identity\r\n")).startsWith("HTTP/1.1 200 ");
        for (String odd : List.of(
                "Connect-Protocol-Version: 2",
                "Connect-Protocol-Version: 1\r\nConnect-Protocol-Version: 1",
                "Connect-Timeout-Ms: 5\r\nConnect-Timeout-Ms: 60000")) {
            assertThat(get(odd + "\r\n")).startsWith("HTTP/1.1 400 ").contains("ENT-001: connect-");
        }
        assertThat(get("Content-Type: application/json\r\n")).startsWith("HTTP/1.1 415 ");
        assertThat(asked(call(GET, "Connection: close\r\nConnect-Timeout-Ms: 50\r\n", "{\"gid\":\"hang\"}")))
                .startsWith("HTTP/1.1 504 ")
                .contains(
                        "\"code\":\"deadline_exceeded\"",
                        "\"message\":\"ENT-056: there was no response",
                        "\"reason\":\"ENT-056\"")
                .doesNotContain("CallOptions");
    }

    @Test
    void json_integers_keep_all_digits() throws IOException {
        assertThat(body("{\"ifRevision\":\"9007199254740993\"}")).endsWith("{\"revision\":\"9007199254740993\"}");
        assertThat(body("{\"if_revision\":-9223372036854775808}")).endsWith("{\"revision\":\"-9223372036854775808\"}");
        assertThat(body("{}")).endsWith("\r\n\r\n{}");
    }

    @Test
    void invalid_json_is_refused_with_ent_001() throws IOException {
        assertThat(body("{\"gidd\":\"x\"}"))
                .startsWith("HTTP/1.1 400 ")
                .contains("\"code\":\"invalid_argument\"", "ENT-001", "gidd", "google.rpc.BadRequest");
        for (String json : List.of(
                "",
                "[]",
                "\"x\"",
                "{",
                "{}{}",
                "{} x",
                "{gid:1}",
                "{'gid':'x'}",
                "{\"gid\":\"x\";}",
                "{\"gid\":{}}",
                "{\"ifRevision\":1.5}",
                "{\"ifRevision\":\"9223372036854775808\"}",
                "{\"gid\":\"\\ud800\"}",
                "{\"gid\":\"\u00ff\"}",
                "{\"gid\":1",
                "[".repeat(50_000))) {
            assertThat(body(json)).as(json).startsWith("HTTP/1.1 400 ").contains("ENT-001");
        }
    }

    @Test
    void a_duplicate_key_or_a_rounded_number_is_refused_with_its_path() throws IOException {
        assertThat(body("{\"if_revision\":7,\"gid\":\"x\",\"if_revision\":0}"))
                .startsWith("HTTP/1.1 400 ")
                .contains("ENT-001", "the key $.if_revision appears twice", "google.rpc.BadRequest");
        String rounded = "{\"plan\":{\"saga\":{\"steps\":[{\"action\":{\"json\":{\"n\":9007199254740993}}}]}}}";
        assertThat(asked(call("/entente.v1.TransactionService/SubmitTransaction", "Connection: close\r\n", rounded)))
                .startsWith("HTTP/1.1 400 ")
                .contains("ENT-025: plan.saga.steps[0].action.json.n: ", "\"reason\":\"ENT-025\"");
        String twice = "{\"saga\":{\"steps\":[{\"id\":\"a\"},{\"id\":\"b\",\"id\":\"c\"}]}}";
        assertThat(body(twice)).startsWith("HTTP/1.1 400 ").contains("the key $.saga.steps[1].id appears twice");
    }

    @Test
    void a_body_with_invalid_chunks_is_refused_as_malformed() throws IOException {
        String reported = "POST " + GET + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        for (String chunk : List.of("zz\r\n{}\r\n0\r\n\r\n", "2\r\n{}oops\r\n0\r\n\r\n", "fffffffffffffffff\r\n{}")) {
            assertThat(asked(reported + "Transfer-Encoding: chunked\r\n\r\n" + chunk))
                    .as(chunk)
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"code\":\"invalid_argument\"", "ENT-001: body: ", "\"reason\":\"ENT-001\"");
        }
    }

    @Test
    void an_incomplete_body_is_refused() throws IOException {
        String half = call(GET, "", "{}").replace("Content-Length: 2", "Content-Length: 20");
        try (StrangerSocket client = connect()) {
            assertThat(client.sendLast(half).untilEnd())
                    .startsWith("HTTP/1.1 400 ")
                    .contains("ENT-001: body: the chunks or the length of the body");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/livez/.." + GET,
                "/x/../entente.v1.TransactionService/./GetTransaction",
                GET + ";a=b",
                "/entente.v1.TransactionService;a/GetTransaction",
                "/entente.v1.TransactionService/%47etTransaction",
                "/metrics/../livez",
                "/livez;a=b"
            })
    void a_path_that_only_normalizes_to_a_call_is_refused(String path) throws IOException {
        assertThat(from("localhost", path))
                .startsWith("HTTP/1.1 400 ")
                .contains("ENT-001: path: write the path without dot segments")
                .contains(path.contains("livez") && !path.contains(GET) ? "text/plain" : REASON);
    }

    @Test
    void a_body_beyond_its_limit_is_refused_before_its_end() throws IOException {
        String reported = "POST " + GET + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        assertThat(asked(reported + "Content-Length: 1000000000\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ")
                .contains("ENT-023");
        try (StrangerSocket socket = connect()) {
            socket.send(reported + "Transfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 11; i++) {
                socket.send("2710\r\n" + " ".repeat(10_000) + "\r\n");
            }
            assertThat(socket.untilEnd()).startsWith("HTTP/1.1 413 ").contains("ENT-023");
        }
        assertThat(asked(reported + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
    }

    /** A client that still sends while its connection is closed may not receive the response. */
    @Test
    void a_connection_serves_the_next_call_after_a_refused_call() throws IOException {
        for (String refused : List.of(
                "Host: evil.example",
                "Origin: null\r\nHost: localhost",
                "Connect-Timeout-Ms: soon\r\nHost: localhost")) {
            try (StrangerSocket client = connect()) {
                String call = call(GET, "", "{\"gid\":\"x\"}").replace("Host: localhost", refused);
                int body = call.indexOf("{");
                client.send(call.substring(0, body));
                client.send(call.substring(body));
                client.send(call(GET, "Connection: close\r\n", "{\"gid\":\"next\"}"));
                assertThat(client.untilEnd())
                        .as(refused)
                        .startsWith("HTTP/1.1 4")
                        .endsWith("{\"gid\":\"next\"}");
            }
        }
    }

    @Test
    void two_hundred_waiting_calls_block_no_other_call() throws IOException {
        List<StrangerSocket> clients = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            clients.add(connect().send(call(GET, "Connection: close\r\n", "{\"gid\":\"hang\"}")));
        }
        await().until(() -> waiting.size() == 200);
        assertThat(get("")).endsWith("{\"gid\":\"x\"}");
        waiting.forEach(each -> answer(each, Transaction.newBuilder().setGid("ended")));
        for (StrangerSocket client : clients) {
            assertThat(client.untilEnd()).startsWith("HTTP/1.1 200 ").endsWith("{\"gid\":\"ended\"}");
            client.close();
        }
        assertThat(cancelled).hasValue(0);
    }

    @Test
    void a_connection_serves_requests_sent_during_a_waiting_call() throws IOException {
        try (StrangerSocket client = connect()) {
            client.send(call(GET, "", "{\"gid\":\"first\"}") + call(GET, "", "{\"gid\":\"hang\"}"));
            await().until(() -> waiting.size() == 1);
            client.send(call(GET, "", "{\"gid\":\"third\"}"));
            client.send(call(GET, "Connection: close\r\n", "{\"gid\":\"last\"}"));
            answer(waiting.remove(), Transaction.newBuilder().setGid("second"));
            assertThat(client.untilEnd()).containsSubsequence("\"first\"}", "\"second\"}", "\"third\"}", "\"last\"}");
        }
        assertThat(cancelled).hasValue(0);
    }
}
