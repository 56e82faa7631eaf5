package dev.entente.stories.restore;

import dev.entente.backends.LoopbackPorts;
import dev.entente.demo.ShopService;
import dev.entente.rig.Ended;
import dev.entente.rig.JavaCommand;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Shop;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Debian's PostgreSQL with its own data folder, and the prerequisites of the page: programs, variables, a coordinator's
 * configuration.
 */
final class RestoredServer implements AutoCloseable {
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    private final Path folder;
    private final Shop shop;
    private final int databasePort;
    private final int grpcPort;
    private final int httpPort;

    private RestoredServer(Path folder, Shop shop) {
        this.folder = folder;
        this.shop = shop;
        this.databasePort = LoopbackPorts.next();
        this.grpcPort = LoopbackPorts.next();
        this.httpPort = LoopbackPorts.next();
    }

    /** Starts the server with an empty database for the coordinator. Blocks. */
    static RestoredServer start(Path folder, Shop shop) throws IOException {
        RestoredServer server = new RestoredServer(folder, shop);
        Files.createDirectories(folder.resolve("backup"));
        Path launcher = Files.createDirectories(folder.resolve("bin")).resolve("entente");
        Files.writeString(
                launcher,
                "#!/bin/sh\nexec '%s' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m -jar '%s' \"$@\"\n"
                        .formatted(JavaCommand.java(), ServerJar.find()));
        if (!launcher.toFile().setExecutable(true)) {
            throw new IOException(launcher + " cannot be made executable");
        }
        Files.write(folder.resolve("entente.yaml"), server.configuration());
        Ended made = server.shell("").run("""
            initdb --auth=trust --username=postgres --no-sync --encoding=UTF8
            cat >> "$PGDATA/postgresql.conf" <<END
            port = $PGPORT
            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            END
            pg_ctl start -w -l "$BACKUP/postgres.log"
            createdb entente
            """);
        if (made.exit() != 0) {
            throw new IOException("PostgreSQL did not start: " + made.out());
        }
        return server;
    }

    private List<String> configuration() {
        Map<String, String> values = new TreeMap<>();
        values.put("node", "a");
        values.put("grpc.port", Integer.toString(grpcPort));
        values.put("http.port", Integer.toString(httpPort));
        values.put("database.url", "jdbc:postgresql://127.0.0.1:" + databasePort + "/entente");
        values.put("database.user", "postgres");
        values.put("database.migrate", "true");
        values.put("drain", "1s");
        shop.targets().forEach((name, target) -> values.put("participants." + name + ".target", target));
        return values.entrySet().stream()
                .map(value -> value.getKey() + ": \"" + value.getValue() + '"')
                .toList();
    }

    /** Returns a shell with the variables of the page. */
    Shell shell(String restoreTo) throws IOException {
        Map<String, String> environment = new TreeMap<>();
        environment.put("PATH", folder.resolve("bin") + ":" + programs() + ":" + System.getenv("PATH"));
        environment.put("PGHOST", "127.0.0.1");
        environment.put("PGPORT", Integer.toString(databasePort));
        environment.put("PGUSER", "postgres");
        environment.put("PGDATA", folder.resolve("pgdata").toString());
        environment.put("BACKUP", folder.resolve("backup").toString());
        environment.put("RESTORE_TO", restoreTo);
        environment.put("CONFIG", folder.resolve("entente.yaml").toString());
        environment.put("ENTENTE_TARGET", target());
        environment.put("STOCK", shop.target(ShopService.STOCK));
        environment.put("PAYMENT", shop.target(ShopService.PAYMENT));
        return new Shell(environment, folder);
    }

    /** Returns the programs of the newest installed PostgreSQL. */
    private static Path programs() throws IOException {
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.filter(version -> Files.isExecutable(version.resolve("bin/initdb")))
                    .max(Comparator.comparingInt(
                            version -> Integer.parseInt(version.getFileName().toString())))
                    .orElseThrow()
                    .resolve("bin");
        }
    }

    /** Returns the coordinator's address. */
    String target() {
        return "127.0.0.1:" + grpcPort;
    }

    /** Blocks until the coordinator is ready. */
    void awaitReady() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/readyz"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            Awaitility.await()
                    .ignoreExceptions()
                    .until(() -> client.send(request, HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == 200);
        }
    }

    /** Stops PostgreSQL immediately. */
    @Override
    public void close() throws IOException {
        shell("").run("pg_ctl stop -m immediate");
    }
}
