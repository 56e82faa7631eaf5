package dev.entente.torture.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.rig.Wait;
import dev.entente.torture.machine.Link.Trouble;
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
                // As it was meant.
            }
        }
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        echo.close();
    }

    /** Empty where the connection was reset. */
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
    void a_connection_that_ends_in_order_brings_its_last_answer_and_leaves_no_socket() throws Exception {
        String text = "x".repeat(100_000);
        assertThat(echoed(text)).isEqualTo(text);
        assertThat(Wait.until(PatientAwaits.BOUND, () -> link.openSockets() == 0))
                .isTrue();
    }

    @Test
    void of_two_troubles_the_worse_shows_until_it_is_mended_itself() throws Exception {
        link.suffer(Trouble.REFUSED);
        link.suffer(Trouble.SLOW);
        link.repair(Trouble.SLOW);
        assertThat(echoed("hello")).isEmpty();
        link.suffer(Trouble.REFUSED);
        link.repair(Trouble.REFUSED);
        assertThat(echoed("hello")).isEmpty();
        link.repair(Trouble.REFUSED);
        assertThat(echoed("hello")).isEqualTo("hello");
    }

    @Test
    void nothing_is_wrong_any_more_with_a_line_that_is_calm() throws Exception {
        link.suffer(Trouble.BLACK_HOLE);
        link.suffer(Trouble.HALF_OPEN);
        link.calm();
        assertThat(echoed("hello")).isEqualTo("hello");
    }
}
