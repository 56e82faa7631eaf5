package dev.entente.torture.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.rig.Wait;
import dev.entente.torture.machine.Link.LinkFault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LinkTest {

    private ServerSocket echo;
    private Link link;

    @BeforeEach
    void listen() throws IOException {
        echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::answer);
        link = Link.to(echo.getLocalPort());
    }

    private void answer() {
        while (!echo.isClosed()) {
            try (Socket client = echo.accept()) {
                client.getInputStream().transferTo(client.getOutputStream());
            } catch (IOException broken) {
                // expected
            }
        }
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        echo.close();
    }

    /** Returns the echo, or an empty text if the connection was reset. */
    private String echoed(String text) throws IOException {
        URI address = URI.create("tcp://" + link.address());
        try (Socket client = new Socket(address.getHost(), address.getPort())) {
            client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            client.shutdownOutput();
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException reset) {
            return "";
        }
    }

    @Test
    void an_orderly_close_delivers_the_last_response_and_leaves_no_socket() throws Exception {
        String text = "x".repeat(100_000);
        assertThat(echoed(text)).isEqualTo(text);
        assertThat(Wait.until(PatientAwaits.BOUND, () -> link.openSockets() == 0))
                .isTrue();
    }

    @Test
    void the_worse_of_two_faults_persists_until_its_own_repair() throws Exception {
        link.suffer(LinkFault.REFUSED);
        link.suffer(LinkFault.SLOW);
        link.repair(LinkFault.SLOW);
        assertThat(echoed("hello")).isEmpty();
        link.suffer(LinkFault.REFUSED);
        link.repair(LinkFault.REFUSED);
        assertThat(echoed("hello")).isEmpty();
        link.repair(LinkFault.REFUSED);
        assertThat(echoed("hello")).isEqualTo("hello");
    }

    @Test
    void calm_removes_all_faults_of_a_link() throws Exception {
        link.suffer(LinkFault.BLACK_HOLE);
        link.suffer(LinkFault.HALF_OPEN);
        link.calm();
        assertThat(echoed("hello")).isEqualTo("hello");
    }
}
