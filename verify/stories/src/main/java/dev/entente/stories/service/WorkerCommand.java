package dev.entente.stories.service;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.entente.rig.SqlDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** A process of a service, which a scenario kills. Prints a line when it is ready, and works until it is terminated. */
public abstract class WorkerCommand implements Callable<Integer> {
    private static final int POOL_SIZE = 12;

    @Option(names = "--jdbc", required = true, description = "The service's database.")
    private String jdbc = "";

    @Option(names = "--seed", description = "The seed of the random choices.")
    private long seed;

    @Option(names = "--lie", description = "Reports work that it does not do.")
    private boolean isFaulty;

    @Option(names = "--until-pid", description = "Exits when the process with this pid has ended.")
    private @Nullable Long untilPid;

    /** Runs a worker until the process is terminated. */
    static void run(WorkerCommand worker, String[] arguments) {
        System.setProperty("logback.configurationFile", "participant-logback.xml");
        System.exit(new CommandLine(worker).execute(arguments));
    }

    /** Starts the work on other threads. */
    abstract void begin(DataSource database) throws Exception;

    final long seed() {
        return seed;
    }

    final boolean isFaulty() {
        return isFaulty;
    }

    @Override
    public final Integer call() throws Exception {
        endWith(untilPid);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(jdbc);
        config.setMaximumPoolSize(POOL_SIZE);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            begin(pool);
            System.out.println("{\"pid\":" + ProcessHandle.current().pid() + "}");
            new CountDownLatch(1).await();
        }
        return 0;
    }

    /** Returns the command line of a worker process. */
    public static List<String> arguments(SqlDatabase database, long seed, boolean isFaulty, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--jdbc", database.url(), "--seed", Long.toString(seed)));
        arguments.addAll(List.of(more));
        if (isFaulty) {
            arguments.add("--lie");
        }
        return arguments;
    }

    private static void endWith(@Nullable Long parent) {
        if (parent != null) {
            Thread.ofVirtual().name("until " + parent).start(() -> {
                ProcessHandle.of(parent).ifPresent(alive -> alive.onExit().join());
                System.exit(0);
            });
        }
    }
}
