package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.Certificate;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.http.HttpParticipantsTest;
import dev.entente.server.telemetry.Metrics;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A participant that answers each call twice on a connection that is kept. */
class UnaskedAnswerTest {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNASKED = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno";
    private static final int CALLS = 20;
    private static final int APPLICATION = 23;

    @TempDir
    private static Path folder;

    private final AtomicInteger unasked = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();

    @Test
    void over_plain_http_the_second_answer_is_nobodys() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> accept(server, socket -> answer(socket, ANSWER + UNASKED)));
            call(ParticipantConfig.plaintext("stock", "http://127.0.0.1:" + server.getLocalPort()));
        }
        assertThat(unasked).hasValue(0);
        assertThat(done).hasPositiveValue();
    }

    @Test
    void over_https_the_second_answer_is_nobodys() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "stock");
        SSLContext context = HttpParticipantsTest.context(own);
        try (ServerSocket server =
                        context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ServerSocket relay = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            // Then records of the handshake and of answers differ.
            ((SSLServerSocket) server).setEnabledProtocols(new String[] {"TLSv1.2"});
            Thread.ofVirtual().start(() -> accept(server, socket -> answer(socket, ANSWER, UNASKED)));
            Thread.ofVirtual().start(() -> accept(relay, socket -> relay(socket, server.getLocalPort())));
            call(HttpParticipantsTest.encrypted(
                    "https://127.0.0.1:" + relay.getLocalPort(), CallFixture.tls(own.chain(), null, null, null)));
        }
        assertThat(unasked).hasValue(0);
        assertThat(done).hasPositiveValue();
    }

    private void call(ParticipantConfig stock) {
        try (var participants = new CalledParticipants(
                List.of(stock),
                List.of(),
                List.of(),
                CallFixture.CONNECT,
                CallFixture.LOOPS,
                Metrics.none(),
                CallFixture.NO_BROKERS)) {
            for (int i = 0; i < CALLS; i++) {
                Outcome outcome = await(start(participants, post()));
                if (outcome instanceof Outcome.Succeeded succeeded) {
                    done.incrementAndGet();
                    unasked.addAndGet(succeeded.response().toStringUtf8().equals("no") ? 1 : 0);
                }
            }
        }
    }

    private static BranchCall post() {
        BranchCall call = callOf("stock");
        return new BranchCall(
                call.gid(),
                call.branch(),
                call.op(),
                call.attempt(),
                call.fence(),
                call.pattern(),
                call.createdAt(),
                new Target.Http("stock", "DELETE", "/stock", Map.of()),
                ByteString.EMPTY,
                call.timeout(),
                call.permit());
    }

    private interface Serving {
        void serve(Socket socket) throws IOException, InterruptedException;
    }

    private static void accept(ServerSocket server, Serving serving) {
        while (true) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        serving.serve(socket);
                    } catch (IOException | InterruptedException over) {
                        return; // so is the connection
                    }
                });
            } catch (IOException closed) {
                return; // the test is over
            }
        }
    }

    private static void answer(Socket socket, String... pieces) throws IOException {
        InputStream in = socket.getInputStream();
        int ends = 0;
        for (int next = in.read(); next >= 0; next = in.read()) {
            ends = next == '\r' || next == '\n' ? ends + 1 : 0;
            if (ends == 4) {
                ends = 0;
                for (String piece : pieces) {
                    socket.getOutputStream().write(piece.getBytes(US_ASCII));
                }
            }
        }
    }

    /** Passes on in one piece the two records of an answer and of what follows it. */
    private static void relay(Socket client, int port) throws IOException {
        try (Socket participant = new Socket(InetAddress.getLoopbackAddress(), port)) {
            Thread.ofVirtual().start(() -> {
                try (participant) {
                    client.getInputStream().transferTo(participant.getOutputStream());
                } catch (IOException over) {
                    return; // so is the connection
                }
            });
            DataInputStream in = new DataInputStream(participant.getInputStream());
            ByteArrayOutputStream held = new ByteArrayOutputStream();
            for (int answers = 0; true; ) {
                byte[] head = in.readNBytes(5);
                if (head.length < 5) {
                    return;
                }
                held.write(head);
                held.write(in.readNBytes((head[3] & 0xff) << 8 | head[4] & 0xff));
                answers += head[0] == APPLICATION ? 1 : 0;
                if (answers % 2 == 0) {
                    held.writeTo(client.getOutputStream());
                    held.reset();
                }
            }
        }
    }
}
