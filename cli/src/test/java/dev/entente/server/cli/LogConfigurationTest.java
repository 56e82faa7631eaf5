package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.telemetry.ForeignLog;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Tests the log's configuration as the program ships it. */
class LogConfigurationTest {
    @Test
    void a_machine_without_a_hardware_address_is_no_warning_and_all_else_is() throws JoranException {
        LoggerContext context = shipped();
        String netty = "io.grpc.netty.shaded.io.netty.util.internal.";
        assertThat(context.getLogger(netty + "MacAddressUtil").isWarnEnabled()).isFalse();
        assertThat(context.getLogger(netty + "MacAddressUtil").isErrorEnabled()).isTrue();
        assertThat(context.getLogger(netty + "PlatformDependent").isWarnEnabled())
                .isTrue();
        context.stop();
    }

    @Test
    void a_log_that_is_not_read_holds_up_no_caller_and_no_end_of_the_process() throws Exception {
        CountDownLatch isRead = new CountDownLatch(1);
        PrintStream err = System.err;
        System.setErr(new PrintStream(new OutputStream() {
            @Override
            public void write(int octet) {
                while (isRead.getCount() > 0) {
                    LockSupport.parkNanos(1_000_000); // a full pipe does not heed an interruption
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
    void a_line_a_minute_is_taken_of_each_logger_of_gRPC() {
        CommandLine.prepare();
        CommandLine.prepare();
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        assertThat(context.getTurboFilterList())
                .hasOnlyElementsOfType(ForeignLog.class)
                .hasSize(1);
    }

    @Test
    void a_host_that_is_not_found_is_told_by_the_command_alone() {
        Cli.run("tx", "count", "--target", "127.0.0.1:1");
        Logger channel = Logger.getLogger("io.grpc.internal.ManagedChannelImpl");
        assertThat(channel.isLoggable(Level.WARNING)).isFalse();
        assertThat(channel.isLoggable(Level.SEVERE)).isTrue();
    }
}
