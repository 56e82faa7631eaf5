package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import org.junit.jupiter.api.Test;

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
}
