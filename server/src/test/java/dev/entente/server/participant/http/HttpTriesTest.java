package dev.entente.server.participant.http;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The engine counts the calls that were sent, so what was sent may have been sent once only. */
class HttpTriesTest {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static final String REFUSAL = "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n";

    private final AtomicInteger requests = new AtomicInteger();

    @Test
    void a_get_that_a_kept_connection_swallows_is_sent_once_and_unknown() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> serve(server));
            ParticipantConfig stock = plaintext("stock", "http://127.0.0.1:" + server.getLocalPort());
            try (var participants = new CalledParticipants(
                    List.of(stock),
                    List.of(),
                    List.of(),
                    CallFixture.CONNECT,
                    CallFixture.LOOPS,
                    Metrics.none(),
                    CallFixture.NO_BROKERS)) {
                assertThat(await(start(participants, get()))).isInstanceOf(Outcome.Succeeded.class);

                Outcome swallowed = await(start(participants, get()));

                assertThat(swallowed).isInstanceOf(Outcome.Unknown.class);
                assertThat(swallowed.detail()).doesNotContain("retries");
                assertThat(requests).hasValue(2);
            }
        }
    }

    private static BranchCall get() {
        BranchCall call = CallFixture.with(ByteString.EMPTY, callOf("stock"));
        return new BranchCall(
                call.gid(),
                call.branch(),
                call.op(),
                call.attempt(),
                call.fence(),
                call.pattern(),
                call.createdAt(),
                new Target.Http("stock", "GET", "/stock", Map.of()),
                call.request(),
                call.timeout(),
                call.permit());
    }

    private void serve(ServerSocket server) {
        while (true) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> answer(socket));
            } catch (IOException closed) {
                return; // the test is over
            }
        }
    }

    /** The first request is answered, the second one ends its connection, and whatever comes behind it is refused. */
    private void answer(Socket socket) {
        try (socket) {
            while (readHead(socket.getInputStream())) {
                int request = requests.incrementAndGet();
                if (request == 2) {
                    return;
                }
                socket.getOutputStream().write((request == 1 ? ANSWER : REFUSAL).getBytes(US_ASCII));
            }
        } catch (IOException closed) {
            // the test is over
            return;
        }
    }

    /** Reads a request's head, which is all of a GET, and tells whether there was one. */
    private static boolean readHead(InputStream in) throws IOException {
        int ends = 0;
        while (ends < 4) {
            int next = in.read();
            if (next < 0) {
                return false;
            }
            ends = next == '\r' || next == '\n' ? ends + 1 : 0;
        }
        return true;
    }
}
