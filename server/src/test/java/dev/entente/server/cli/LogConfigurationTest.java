package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.entente.server.telemetry.ForeignLog;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Tests the log's configuration as the program ships it. */
class LogConfigurationTest {
    @Test
    void a_machine_without_a_hardware_address_is_no_warning_and_all_else_is() throws JoranException {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LogConfigurationTest.class.getResource("/logback.xml"));
        String netty = "io.grpc.netty.shaded.io.netty.util.internal.";
        assertThat(context.getLogger(netty + "MacAddressUtil").isWarnEnabled()).isFalse();
        assertThat(context.getLogger(netty + "MacAddressUtil").isErrorEnabled()).isTrue();
        assertThat(context.getLogger(netty + "PlatformDependent").isWarnEnabled())
                .isTrue();
        context.stop();
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
