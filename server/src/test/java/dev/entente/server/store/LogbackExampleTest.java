package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import ch.qos.logback.core.status.StatusUtil;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loads the logback configuration from docs/audit.md with other destinations. */
class LogbackExampleTest {
    @TempDir
    private Path folder;

    private static String example() throws IOException {
        Path page = Path.of("docs/audit.md");
        String text = Files.readString(Files.exists(page) ? page : Path.of("..").resolve(page));
        Matcher xml = Pattern.compile("(?s)```xml\n(.*?)```").matcher(text);
        assertThat(xml.find()).isTrue();
        return xml.group(1);
    }

    private static LoggerContext configured(String xml) throws JoranException {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        assertThat(new StatusUtil(context).getHighestLevel(0)).isLessThan(Status.WARN);
        return context;
    }

    @Test
    void the_example_sends_each_line_to_a_file_and_to_syslog() throws Exception {
        try (DatagramSocket syslog = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            syslog.setSoTimeout(Math.toIntExact(Duration.ofMinutes(1).toMillis()));
            LoggerContext context = configured(example()
                    .replace("514", Integer.toString(syslog.getLocalPort()))
                    .replace("syslog.internal", "127.0.0.1")
                    .replace("/var/log/entente", folder.toString())); // last: its name may contain such digits
            context.getLogger("entente.audit").info("actor=ann operation=retry");
            context.getLogger("entente.audit").debug("actor=bob operation=role");

            assertThat(received(syslog)).startsWith("<110>").endsWith("entente: actor=ann operation=retry");
            assertThat(received(syslog)).startsWith("<111>").endsWith("entente: actor=bob operation=role");
            assertThat(Files.readString(folder.resolve("audit.log")))
                    .contains(" actor=ann operation=retry\n")
                    .contains(" actor=bob operation=role\n");
            context.stop();
        }
    }

    private static String received(DatagramSocket syslog) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        syslog.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8).strip();
    }
}
