package dev.entente.server.cli;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.app.Configuration;
import dev.entente.server.app.Setting;
import dev.entente.server.app.Settings;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.store.StartupFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a server's configuration, which {@code server} and {@code migrate} share. */
final class ServerOptions {
    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with settings.")
    private @Nullable Path config;

    @Option(names = "--grpc-port", paramLabel = "PORT", description = "Port for gRPC; 0 for any (default 7790).")
    private @Nullable String grpcPort;

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Port for the console, health, metrics and calls as JSON; 0 for any (default 7789).")
    private @Nullable String httpPort;

    @Option(names = "--grpc-bind", paramLabel = "ADDRESS", description = "Address for gRPC (default 127.0.0.1).")
    private @Nullable String grpcBind;

    @Option(names = "--jdbc-url", paramLabel = "URL", description = "The database: jdbc:postgresql://host:5432/name.")
    private @Nullable String jdbcUrl;

    @Option(names = "--jdbc-user", paramLabel = "NAME", description = "The database user.")
    private @Nullable String jdbcUser;

    @Option(
            names = "--jdbc-password",
            paramLabel = "PASSWORD",
            hidden = true,
            description = "Refused, because the password would be visible in the process list.")
    private @Nullable String jdbcPassword;

    @Option(names = "--jdbc-password-file", paramLabel = "FILE", description = "File with the database password.")
    private @Nullable String jdbcPasswordFile;

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description = "The name of this coordinator (default: the host name).")
    private @Nullable String node;

    @Option(names = "--migrate", description = "Bring the schema up to date first.")
    private boolean migrate;

    @Option(names = "--participant", paramLabel = "NAME=HOST:PORT", description = "A participant; repeatable.")
    private List<String> participants = new ArrayList<>();

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "File with bearer tokens, created by `entente token create`.")
    private @Nullable String tokenFile;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Any setting; repeatable.")
    private Map<String, String> settings = new LinkedHashMap<>();

    /** @throws StartupFailure ENT-070, ENT-071 or ENT-075 */
    Configuration configuration() {
        Configuration read = Configuration.of(Settings.gather(config, System.getenv(), flags()));
        return config == null ? read : read.from(new Configuration.Source(config, this::configuration));
    }

    private Map<String, Given> flags() {
        Map<String, Given> flags = new LinkedHashMap<>();
        settings.forEach((key, value) -> flags.put(key, new Given(value, "--set")));
        put(flags, Setting.GRPC_PORT, grpcPort, "--grpc-port");
        put(flags, Setting.HTTP_PORT, httpPort, "--http-port");
        put(flags, Setting.GRPC_BIND, grpcBind, "--grpc-bind");
        put(flags, Setting.DATABASE_URL, jdbcUrl, "--jdbc-url");
        put(flags, Setting.DATABASE_USER, jdbcUser, "--jdbc-user");
        refuseVisible(jdbcPassword, "--jdbc-password");
        refuseVisible(settings.get(Setting.DATABASE_PASSWORD.key()), "--set " + Setting.DATABASE_PASSWORD.key());
        put(flags, Setting.DATABASE_PASSWORD_FILE, jdbcPasswordFile, "--jdbc-password-file");
        put(flags, Setting.NODE, node, "--node");
        put(flags, Setting.DATABASE_MIGRATE, migrate ? "true" : null, "--migrate");
        put(flags, Setting.AUTH_TOKEN_FILE, tokenFile, "--token-file");
        if (config != null && !Files.isReadable(config)) {
            throw new StartupFailure(ErrorCode.BAD_VALUE, "--config " + config + " cannot be read; check the path");
        }
        if (!participants.isEmpty()) {
            flags.putAll(Settings.participants(String.join(",", participants), "--participant"));
        }
        return flags;
    }

    private static void refuseVisible(@Nullable String password, String flag) {
        if (password != null) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    flag + " is refused, because the password is visible in the process list; write the password into a"
                            + " file and give --jdbc-password-file FILE, or set ENTENTE_DATABASE_PASSWORD");
        }
    }

    private static void put(Map<String, Given> flags, Setting<?> setting, @Nullable String value, String flag) {
        if (value != null) {
            flags.put(setting.key(), new Given(value, flag));
        }
    }
}
