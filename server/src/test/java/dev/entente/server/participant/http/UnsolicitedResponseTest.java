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

/** A participant that sends two responses to each call on a kept connection. */
class UnsolicitedResponseTest {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNSOLICITED = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno";
    private static final int CALLS = 20;
    private static final int APPLICATION = 23;

    @TempDir
    private static Path folder;

    private final AtomicInteger unsolicited = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();

    @Test
    void over_plain_http_an_unsolicited_response_is_ignored() throws Exception {
        try (RawHttp stock = new RawHttp(_ -> List.of(ANSWER + UNSOLICITED))) {
            call(ParticipantConfig.plaintext("stock", stock.url()));
        }
        assertThat(unsolicited).hasValue(0);
        assertThat(done).hasPositiveValue();
    }

    @Test
    void over_https_an_unsolicited_response_is_ignored() throws Exception {
        Certificate own = Certificate.selfSigned(folder, "stock");
        SSLContext context = HttpParticipantsTest.context(own);
        try (ServerSocket server =
                        context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ServerSocket relay = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            // In TLS 1.2 the records of the handshake and of responses have different types.
            ((SSLServerSocket) server).setEnabledProtocols(new String[] {"TLSv1.2"});
            RawHttp stock = new RawHttp(server, _ -> List.of(ANSWER, UNSOLICITED));
            Thread.ofVirtual().start(() -> RawHttp.accept(relay, socket -> relay(socket, stock.port())));
            call(HttpParticipantsTest.encrypted(
                    "https://127.0.0.1:" + relay.getLocalPort(), CallFixture.tls(own.chain(), null, null, null)));
        }
        assertThat(unsolicited).hasValue(0);
        assertThat(done).hasPositiveValue();
    }

    private void call(ParticipantConfig stock) {
        Target delete = new Target.Http("stock", "DELETE", "/stock", Map.of());
        try (var participants = HttpCallFixture.participants(stock)) {
            for (int i = 0; i < CALLS; i++) {
                Outcome outcome = await(start(participants, HttpCallFixture.call(delete, "")));
                if (outcome instanceof Outcome.Succeeded succeeded) {
                    done.incrementAndGet();
                    unsolicited.addAndGet(succeeded.response().toStringUtf8().equals("no") ? 1 : 0);
                }
            }
        }
    }

    /** Forwards the record of a response and the record of the unsolicited response in one piece. */
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
