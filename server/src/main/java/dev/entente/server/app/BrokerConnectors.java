package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.connector.Connector;
import dev.entente.server.connector.ConnectorFactory;
import dev.entente.server.connector.ConnectorJars;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Broker;
import dev.entente.server.store.StartupFailure;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Map;
import java.util.ServiceConfigurationError;
import org.jspecify.annotations.Nullable;

/** Opens the connectors of participants that are brokers. The jars are loaded when the first connector is opened. */
final class BrokerConnectors {
    private final @Nullable Path folder;
    private @Nullable Map<String, ConnectorFactory> factories;

    /** @param folder with the jars; null = {@code connectors}, in the folder of the coordinator's jar */
    BrokerConnectors(@Nullable Path folder) {
        this.folder = folder == null ? besideTheJar() : folder;
    }

    /** @throws StartupFailure ENT-071 if there is no such connector, or its configuration is unusable */
    Connector open(ParticipantConfig config) {
        Broker broker = config.broker();
        if (broker == null) {
            throw new IllegalArgumentException(config.name() + " is not a broker");
        }
        ConnectorFactory factory = factories().get(broker.scheme());
        String setting = "participants." + config.name() + ".target = '" + config.target() + "'";
        if (factory == null) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    setting + ": there is no connector for " + broker.scheme() + "://; put entente-connector-"
                            + broker.scheme() + ".jar into " + folder + ", or set connectors.directory to its folder",
                    null);
        }
        String addresses = config.target().substring((broker.scheme() + "://").length());
        try {
            return factory.open(addresses, broker.properties());
        } catch (IllegalArgumentException useless) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    setting + ": the connector cannot be opened (" + useless.getMessage()
                            + "); correct the target, or the file in participants." + config.name() + ".properties",
                    useless);
        }
    }

    private Map<String, ConnectorFactory> factories() {
        Map<String, ConnectorFactory> known = factories;
        if (known == null) {
            try {
                known = ConnectorJars.in(folder);
            } catch (IOException | ServiceConfigurationError useless) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE,
                        "connectors.directory: the connectors in " + folder + " cannot be loaded ("
                                + TextFile.reason(useless) + "); use jars of this version of Entente",
                        useless);
            }
            factories = known;
        }
        return known;
    }

    private static @Nullable Path besideTheJar() {
        CodeSource source = BrokerConnectors.class.getProtectionDomain().getCodeSource();
        return besideTheJar(System.getProperty("java.class.path", ""), source == null ? null : source.getLocation());
    }

    /**
     * Returns the folder beside the coordinator's jar. Prefers the jar of {@code java -jar}, because a class from an AOT
     * cache has the path of the training as its location, where another jar or none may be.
     */
    static @Nullable Path besideTheJar(String classPath, @Nullable URL location) {
        try {
            if (Files.isRegularFile(Path.of(classPath))) {
                return Path.of(classPath).toAbsolutePath().resolveSibling("connectors");
            }
            return location == null ? null : Path.of(location.toURI()).resolveSibling("connectors");
        } catch (URISyntaxException | IllegalArgumentException nowhere) {
            return null;
        }
    }
}
