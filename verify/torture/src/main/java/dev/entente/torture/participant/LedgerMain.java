package dev.entente.torture.participant;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.entente.participant.Barrier;
import dev.entente.participant.wiring.ParticipantWiring;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main class of one ledger, which serves until it is killed. It prints one line of JSON when it is ready. */
@Command(name = "ledger", description = "Runs a participant that logs its calls and its effects.")
public final class LedgerMain implements Callable<Integer> {
    private static final int POOL_SIZE = 12;
    private static final int POOL_PATIENCE_MILLIS = 4000;

    @Option(names = "--port", required = true)
    private int port;

    @Option(names = "--web-port", required = true, description = "The port for calls over HTTP.")
    private int webPort;

    @Option(names = "--jdbc", required = true, description = "The database of the participant.")
    private String jdbc = "";

    @Option(names = "--calls", required = true, description = "The file to which each call is appended.")
    private Path calls = Path.of("calls");

    @Option(names = "--until-pid", required = true, description = "Exits when the process with this pid has ended.")
    private long untilPid;

    LedgerMain() {}

    /** Serves until the process is stopped. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "participant-logback.xml");
        System.exit(new CommandLine(new LedgerMain()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(jdbc);
        config.setMaximumPoolSize(POOL_SIZE);
        config.setMinimumIdle(2);
        config.setConnectionTimeout(POOL_PATIENCE_MILLIS);
        try (HikariDataSource dataSource = new HikariDataSource(config)) {
            Server server = serve(dataSource);
            endWithParent();
            System.out.println("{\"port\":" + server.getPort() + "}");
            server.awaitTermination();
        }
        return 0;
    }

    private void endWithParent() {
        Thread.ofVirtual().name("until " + untilPid).start(() -> {
            ProcessHandle.of(untilPid).ifPresent(alive -> alive.onExit().join());
            System.exit(0);
        });
    }

    private Server serve(DataSource dataSource) throws Exception {
        // A virtual thread per call, because each call blocks on JDBC.
        Executor threads = Executors.newVirtualThreadPerTaskExecutor();
        LedgerCalls ledgerCalls = new LedgerCalls();
        Bank bank = new Bank(dataSource, new ChildTries());
        LedgerService service = new LedgerService(ledgerCalls, bank);
        LedgerCallLog log = new LedgerCallLog(calls);
        LedgerWeb.serve(webPort, ledgerCalls, bank, log);
        return ParticipantWiring.of(threads)
                .service(service)
                .checkBack(Barrier.postgres(), dataSource)
                .intercept(log)
                .on(NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
                .build()
                .start();
    }
}
