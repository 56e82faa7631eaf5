package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.telemetry.ForeignLog;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Tests the shipped configuration of the log. */
class LogConfigurationTest {
    @Test
    void netty_warnings_about_a_missing_mac_address_are_suppressed() throws JoranException {
        LoggerContext context = shipped();
        String netty = "io.grpc.netty.shaded.io.netty.util.internal.";
        assertThat(context.getLogger(netty + "MacAddressUtil").isWarnEnabled()).isFalse();
        assertThat(context.getLogger(netty + "MacAddressUtil").isErrorEnabled()).isTrue();
        assertThat(context.getLogger(netty + "PlatformDependent").isWarnEnabled())
                .isTrue();
        context.stop();
    }

    @Test
    void a_log_without_a_reader_blocks_neither_callers_nor_the_process_exit() throws Exception {
        CountDownLatch isRead = new CountDownLatch(1);
        PrintStream err = System.err;
        System.setErr(new PrintStream(new OutputStream() {
            @Override
            public void write(int octet) {
                while (isRead.getCount() > 0) {
                    LockSupport.parkNanos(1_000_000); // a write to a full pipe ignores an interrupt
                }
            }
        }));
        try {
            LoggerContext context = shipped();
            Thread logging = Thread.ofPlatform().start(() -> {
                for (int line = 0; line < 20_000; line++) {
                    context.getLogger("dev.entente.Any").info("line {}", line);
                }
                context.stop();
            });
            assertThat(logging.join(PatientAwaits.BOUND)).isTrue();
            assertThat(context.isStarted()).isFalse();
        } finally {
            isRead.countDown();
            System.setErr(err);
        }
    }

    private static LoggerContext shipped() throws JoranException {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LogConfigurationTest.class.getResource("/logback.xml"));
        return context;
    }

    @Test
    void prepare_installs_the_gRPC_log_filter_once() {
        CommandLine.prepare();
        CommandLine.prepare();
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        assertThat(context.getTurboFilterList())
                .hasOnlyElementsOfType(ForeignLog.class)
                .hasSize(1);
    }

    @Test
    void gRPC_channel_warnings_are_disabled_for_commands() {
        Logger grpc = Logger.getLogger("io.grpc");
        Logger channel = Logger.getLogger("io.grpc.internal.ManagedChannelImpl");
        channel.setLevel(null);
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        StreamHandler handler = new StreamHandler(logged, new SimpleFormatter());
        grpc.addHandler(handler);
        try {
            // No name server is asked for a host name with an empty label.
            Cli unknownHost = Cli.run("tx", "count", "--target", "no..host:1");
            assertThat(unknownHost.err()).contains("no..host");
        } finally {
            grpc.removeHandler(handler);
        }
        handler.flush();
        assertThat(logged.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(channel.isLoggable(Level.WARNING)).isFalse();
        assertThat(channel.isLoggable(Level.SEVERE)).isTrue();
    }
}
