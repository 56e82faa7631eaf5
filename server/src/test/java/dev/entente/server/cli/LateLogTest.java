package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import dev.entente.server.telemetry.ForeignLog;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

final class LateLogTest {
    private static final Logger ROOT = Logger.getLogger("");

    @AfterEach
    void log_as_a_server_does() {
        CommandLine.prepare();
    }

    @Test
    void the_log_starts_with_the_first_record_and_takes_the_rest() {
        SLF4JBridgeHandler.uninstall();
        CommandLine.prepareTransport();
        assertThat(ROOT.getHandlers()).hasOnlyElementsOfType(LateLog.class);
        Logger netty = Logger.getLogger("io.netty.LateLogTest"); // other tests silence io.grpc
        netty.fine("not worth a log");
        assertThat(SLF4JBridgeHandler.isInstalled()).isFalse();
        netty.warning("worth a log");
        assertThat(ROOT.getHandlers()).hasOnlyElementsOfType(SLF4JBridgeHandler.class);
    }

    @Test
    void a_host_that_is_not_found_is_told_by_the_command_alone() {
        CommandLine.prepareTransport();
        Logger channel = Logger.getLogger("io.grpc.internal.ManagedChannelImpl");
        assertThat(channel.isLoggable(Level.WARNING)).isFalse();
        assertThat(channel.isLoggable(Level.SEVERE)).isTrue();
    }

    @Test
    void a_log_that_has_started_stays() {
        CommandLine.prepare();
        CommandLine.prepareTransport();
        assertThat(ROOT.getHandlers()).hasOnlyElementsOfType(SLF4JBridgeHandler.class);
    }

    @Test
    void a_log_that_has_started_takes_a_line_a_minute_of_each_logger_of_gRPC() {
        CommandLine.prepare();
        CommandLine.prepare();
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        assertThat(context.getTurboFilterList())
                .hasOnlyElementsOfType(ForeignLog.class)
                .hasSize(1);
    }
}
