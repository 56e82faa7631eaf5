package dev.entente.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForeignLogTest {
    private static final String CHANNEL = "io.grpc.internal.ManagedChannelImpl";
    private static final String HANDLER = "io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler";

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1);
    private final LoggerContext logs = new LoggerContext();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        Logger root = logs.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(lines);
        logs.addTurboFilter(new ForeignLog(now::get));
    }

    private List<String> reported() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private void passAMinute() {
        now.addAndGet(TimeUnit.MINUTES.toNanos(1));
    }

    @Test
    void unresolved_names_are_logged_once_a_minute() {
        Status unknown = Status.UNAVAILABLE
                .withDescription("Unable to resolve host x.example")
                .withCause(new IllegalStateException("x.example"));
        for (int channel = 1; channel <= 350; channel++) {
            logs.getLogger(CHANNEL)
                    .warn("[Channel<" + channel + ">: (dns:///x.example)] Failed to resolve name. status=" + unknown);
        }

        assertThat(reported())
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .startsWith("[Channel<1>: (dns:///x.example)] Failed to resolve name.")
                        .contains("Unable to resolve host x.example", "IllegalStateException: x.example")
                        .doesNotContain("\n", "\tat"));

        passAMinute();
        logs.getLogger(CHANNEL).warn("[Channel<351>] Failed to resolve name.");

        assertThat(reported().getLast())
                .isEqualTo("[Channel<351>] Failed to resolve name.; 349 more since the last such line");
    }

    @Test
    void a_foreign_exception_is_logged_without_a_stack_trace() {
        logs.getLogger(HANDLER)
                .warn("Stream Error", new IllegalStateException("Stream closed before write could take place\nat x"));

        assertThat(reported())
                .containsExactly("Stream Error: java.lang.IllegalStateException: Stream closed before write could take"
                        + " place");
        assertThat(lines.list).allMatch(line -> line.getThrowableProxy() == null && line.getLevel() == Level.WARN);
    }

    @Test
    void each_logger_and_each_level_is_limited_separately() {
        for (int i = 0; i < 3; i++) {
            logs.getLogger(CHANNEL).warn("a name");
            logs.getLogger(CHANNEL).error("a panic", new IllegalStateException("a defect"));
            logs.getLogger(HANDLER).warn("a stream");
        }

        assertThat(reported()).containsExactly("a name", "a panic", "a stream");
        assertThat(lines.list.get(1).getThrowableProxy()).isNotNull();
        assertThat(lines.list).extracting(ILoggingEvent::getLoggerName).containsExactly(CHANNEL, CHANNEL, HANDLER);
    }

    @Test
    void control_characters_are_escaped_and_long_lines_are_cut() {
        logs.getLogger(HANDLER).warn("{} {}", "\u001b[31m", "x".repeat(2000));

        assertThat(reported())
                .singleElement()
                .satisfies(
                        line -> assertThat(line).startsWith("\\u001b[31m xxx").hasSizeLessThan(1100));
    }

    @Test
    void levels_and_our_own_loggers_are_unchanged() {
        logs.getLogger(CHANNEL).info("not requested");
        logs.getLogger(CHANNEL).setLevel(Level.DEBUG);
        for (int i = 0; i < 2; i++) {
            logs.getLogger(CHANNEL).debug("requested");
            logs.getLogger("dev.entente.server").warn("our own", new IllegalStateException("complete"));
        }

        assertThat(reported()).containsExactly("requested", "our own", "requested", "our own");
        assertThat(lines.list.get(1).getThrowableProxy()).isNotNull();
    }
}
