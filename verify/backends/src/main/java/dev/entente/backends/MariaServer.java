package dev.entente.backends;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A MariaDB from Debian's package with a root user without password. */
public final class MariaServer extends Backend {
    /** The required program. */
    public static final DebianProgram PROGRAM =
            new DebianProgram("mariadbd", "mariadb-server-core mariadb-client-core");

    private static final DebianProgram INSTALLER = new DebianProgram("mariadb-install-db", PROGRAM.packages());
    private static final String OPTIONS = "?user=root&sslMode=disable";

    /** Creates the data folder of a server that is not yet started. Blocks for some seconds. */
    public MariaServer() throws IOException {
        super("mariadb");
        Files.createDirectory(folder().resolve("tmp"));
        if (await(run(command(INSTALLER, "--auth-root-authentication-method=normal", "--skip-test-db"))) != 0) {
            throw new IOException("mariadb-install-db: " + log());
        }
    }

    public static MariaServer started() throws IOException {
        MariaServer server = new MariaServer();
        server.start();
        return server;
    }

    /** Returns the common prefix of all database URLs. */
    public String url() {
        return "jdbc:mariadb://127.0.0.1:" + port() + "/";
    }

    /** Returns the URL of one database for root. */
    public String url(String database) {
        return url() + database + OPTIONS;
    }

    @Override
    List<String> command() throws IOException {
        return command(
                PROGRAM,
                "--socket=" + folder().resolve("socket"),
                "--port=" + port(),
                "--bind-address=127.0.0.1",
                // Committed data is in the operating system's cache, and survives a kill of the process.
                "--innodb-flush-log-at-trx-commit=2",
                "--skip-name-resolve",
                "--max-connections=300");
    }

    @Override
    boolean answers() {
        try (Connection connection = DriverManager.getConnection(url(""))) {
            return connection.isValid(1);
        } catch (SQLException notYet) {
            return false;
        }
    }

    private List<String> command(DebianProgram program, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                program.path().toString(),
                "--no-defaults",
                "--datadir=" + folder().resolve("data"),
                "--user=" + System.getProperty("user.name"),
                "--tmpdir=" + folder().resolve("tmp"),
                "--innodb-log-file-size=16M"));
        command.addAll(List.of(options));
        return command;
    }
}
