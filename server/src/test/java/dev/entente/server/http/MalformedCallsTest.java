package dev.entente.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.server.api.connect.CallsWithin;
import dev.entente.server.api.connect.ConnectCalls;
import dev.entente.server.telemetry.Metrics;
import dev.entente.v1.TransactionServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to the JSON port that are not calls. Each response is a Connect error with a code of errors.md. */
final class MalformedCallsTest {
    private static final String SERVICE = "/entente.v1.TransactionService";
    private static final String GET = SERVICE + "/GetTransaction";

    private static HttpPort port;
    private static CallsWithin within;

    @BeforeAll
    static void open() throws IOException {
        RequestFilter filter = new RequestFilter(List.of(), _ -> false, "", false, false, ConnectCalls::refusal);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        port = HttpPort.start(address, null, filter, Metrics.withoutJvm());
        var service = new TransactionServiceGrpc.TransactionServiceImplBase() {};
        within = new CallsWithin(List.of(service.bindService()), List.of());
        port.serve(new ConnectCalls(within, 100_000));
    }

    @AfterAll
    static void close() {
        port.stop();
        within.close();
    }

    private static String asked(String head) throws IOException {
        try (StrangerSocket socket = StrangerSocket.connect(port.port())) {
            return socket.send(head + "Connection: close\r\n\r\n{}").untilEnd();
        }
    }

    private static String call(String path) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n";
    }

    private static void assertConnectError(String answer, int status, String ent) throws IOException {
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("Content-Type: application/json\r\n");
        JsonObject error = JsonParser.parseString(answer.substring(answer.indexOf("\r\n\r\n")))
                .getAsJsonObject();
        assertThat(error.get("message").getAsString()).startsWith(ent + ": ");
        String code = error.get("code").getAsString().toUpperCase(Locale.ROOT);
        assertThat(Files.readString(Path.of("../docs/errors.md"))).contains("| " + ent + " | `" + code + "`");
    }

    @ParameterizedTest
    @CsvSource({
        GET + "?x=1, 400, ENT-001",
        GET + "?, 400, ENT-001",
        GET + "#x, 400, ENT-001",
        "/entente.v1.Nothing/GetTransaction, 404, ENT-065",
        "/shop.v1.Orders/Place, 404, ENT-065",
        SERVICE + "/Nothing, 404, ENT-065",
        SERVICE + "/Nothing?x=1, 404, ENT-065",
        SERVICE + "/, 404, ENT-065",
        SERVICE + ", 404, ENT-065",
        GET + "/, 404, ENT-065",
        "/GetTransaction, 404, ENT-065",
        "/, 404, ENT-065",
        SERVICE + "//GetTransaction, 400, ENT-001",
        "/" + GET + ", 400, ENT-001",
        GET + "//, 400, ENT-001",
        SERVICE + "%2FGetTransaction, 400, ENT-001",
        SERVICE + "%2fGetTransaction, 400, ENT-001",
        "/%2Fentente.v1.TransactionService/GetTransaction, 400, ENT-001",
        SERVICE + "/%47etTransaction, 400, ENT-001",
        SERVICE + "/%ZZ, 400, ENT-001",
        SERVICE + "/%00, 400, ENT-001",
        GET + "%3Fx=1, 404, ENT-065",
        SERVICE + "/../x, 400, ENT-001",
        GET + ";a=b, 400, ENT-001",
        SERVICE + "/WatchTransaction, 501, ENT-065",
    })
    void a_path_that_is_not_a_call_is_refused(String path, int status, String ent) throws IOException {
        assertConnectError(asked(call(path) + "Content-Type: application/json\r\n"), status, ent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FETCH"})
    void another_method_is_refused(String method) throws IOException {
        String answer = asked(method + " " + GET + " HTTP/1.1\r\nHost: localhost\r\n");
        assertConnectError(answer, 405, "ENT-065");
        assertThat(answer).contains("Allow: POST\r\n", "the method " + method + " is not supported");
    }

    @ParameterizedTest
    @CsvSource({
        "X: no content type, 415, ENT-065",
        "Content-Type:, 415, ENT-065",
        "Content-Type: text/plain, 415, ENT-065",
        "Content-Type: application/grpc, 415, ENT-065",
        "Content-Type: application/json; charset=latin1, 415, ENT-065",
        "Transfer-Encoding: chunked, 400, ENT-001",
        "Content-Length: 3, 400, ENT-001",
        "Content-Length: -1, 400, ENT-001",
        "Host: entente.example, 400, ENT-001",
        "Host: localhost:x, 400, ENT-001",
        "no header, 400, ENT-001",
        "Expect: a miracle, 417, ENT-001"
    })
    void a_wrong_header_is_refused(String header, int status, String ent) throws IOException {
        assertConnectError(asked(call(GET) + header + "\r\n"), status, ent);
    }

    @ParameterizedTest
    @CsvSource({"HTTP/9.9, 505, ENT-065", "HTTP/2.0, 505, ENT-065", "HTTP/x, 505, ENT-065"})
    void another_version_is_refused(String version, int status, String ent) throws IOException {
        assertConnectError(asked(call(GET).replace("HTTP/1.1", version)), status, ent);
    }

    @Test
    void a_content_encoding_is_refused() throws IOException {
        String json = call(GET) + "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
        assertConnectError(asked(json), 501, "ENT-065");
    }

    @Test
    void a_head_beyond_32_KiB_is_refused() throws IOException {
        assertConnectError(asked(call("/" + "z".repeat(33_000))), 414, "ENT-023");
        assertConnectError(asked(call(GET + "/" + "z".repeat(33_000))), 414, "ENT-023");
        assertConnectError(asked(call(GET) + "X: " + "z".repeat(33_000) + "\r\n"), 431, "ENT-023");
        assertConnectError(asked(call(GET) + ("Cookie: " + "z".repeat(5_000) + "\r\n").repeat(7)), 431, "ENT-023");
        assertConnectError(asked(call(GET) + ("Cookie: " + "z".repeat(5_000) + "\r\n").repeat(6)), 415, "ENT-065");
    }
}
