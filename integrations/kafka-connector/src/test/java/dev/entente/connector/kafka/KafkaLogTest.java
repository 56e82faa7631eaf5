package dev.entente.connector.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.protobuf.ByteString;
import dev.entente.server.connector.Connector;
import dev.entente.server.connector.OutgoingRecord;
import dev.entente.server.telemetry.ForeignLog;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The lines that Kafka's client logs inside the coordinator while there is no broker. */
class KafkaLogTest {
    @Test
    void a_client_without_a_broker_does_not_repeat_its_log_lines() throws Exception {
        ForeignLog.watch();
        List<String> lines = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(event.getLevel() + " " + event.getLoggerName());
            }
        };
        appender.start();
        Logger kafka = (Logger) LoggerFactory.getLogger("org.apache.kafka");
        kafka.addAppender(appender);
        AtomicInteger tries = new AtomicInteger();
        try (ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Connector connector = new KafkaConnectorFactory()
                        .open("127.0.0.1:" + listener.getLocalPort(), Map.of("reconnect.backoff.max.ms", "50"))) {
            Thread.ofVirtual().start(() -> closeConnections(listener, tries));
            Thread.ofVirtual().start(() -> connector.send(record(), Duration.ofSeconds(5)));
            await().until(() -> tries.get() > 10);
        } finally {
            kafka.detachAppender(appender);
        }
        assertThat(lines)
                .contains("WARN org.apache.kafka.clients.NetworkClient")
                .doesNotHaveDuplicates();
    }

    private static OutgoingRecord record() {
        return new OutgoingRecord("orders", "", Map.of(), ByteString.EMPTY);
    }

    private static void closeConnections(ServerSocket listener, AtomicInteger tries) {
        try {
            while (true) {
                listener.accept().close();
                tries.incrementAndGet();
            }
        } catch (java.io.IOException closed) {
            assertThat(listener.isClosed()).isTrue();
        }
    }
}
