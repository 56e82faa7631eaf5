package dev.entente.server.participant.http;

import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.Certificate;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.grpc.CallFixture;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
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
        try (RawHttp stock = new RawHttp(_ -> List.of(ANSWER + UNASKED))) {
            call(ParticipantConfig.plaintext("stock", stock.url()));
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
            RawHttp stock = new RawHttp(server, _ -> List.of(ANSWER, UNASKED));
            Thread.ofVirtual().start(() -> RawHttp.accept(relay, socket -> relay(socket, stock.port())));
            call(HttpParticipantsTest.encrypted(
                    "https://127.0.0.1:" + relay.getLocalPort(), CallFixture.tls(own.chain(), null, null, null)));
        }
        assertThat(unasked).hasValue(0);
        assertThat(done).hasPositiveValue();
    }

    private void call(ParticipantConfig stock) {
        Target delete = new Target.Http("stock", "DELETE", "/stock", Map.of());
        try (var participants = HttpCallFixture.participants(stock)) {
            for (int i = 0; i < CALLS; i++) {
                Outcome outcome = await(start(participants, HttpCallFixture.call(delete, "")));
                if (outcome instanceof Outcome.Succeeded succeeded) {
                    done.incrementAndGet();
                    unasked.addAndGet(succeeded.response().toStringUtf8().equals("no") ? 1 : 0);
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
