package dev.entente.compat;

import com.google.protobuf.MessageLite;
import dev.entente.client.Entente;
import dev.entente.participant.Barrier;
import dev.entente.participant.wiring.ParticipantWiring;
import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Serves the kiosk and runs its sales round. The program prints its port and reads the coordinator's address from
 * standard input. Then the program prints the versions in use and one line per part of the round, and exits. Arguments:
 * the JDBC URL of an empty database, and the name under which the coordinator knows this participant.
 */
public final class Kiosk {
    private Kiosk() {}

    /** Runs the program. */
    public static void main(String[] args) throws IOException, SQLException {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setURL(args[0]);
        ExecutorService threads = Executors.newCachedThreadPool();
        Server server = serve(dataSource, threads);
        try {
            System.out.println(server.getPort());
            String coordinator =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            System.out.println("java " + Runtime.version().feature());
            System.out.println("protobuf " + folderOf(MessageLite.class));
            System.out.println("grpc " + folderOf(Channel.class));
            try (Entente entente = Entente.builder(coordinator)
                    .participant(args[1], "127.0.0.1:" + server.getPort())
                    .build()) {
                new SalesRound(entente, entente.participant(args[1]), dataSource)
                        .lines()
                        .forEach(System.out::println);
            }
        } finally {
            server.shutdownNow();
            threads.shutdownNow();
        }
    }

    private static Server serve(PGSimpleDataSource dataSource, ExecutorService threads)
            throws IOException, SQLException {
        Barrier barrier = Barrier.postgres();
        barrier.createTable(dataSource);
        KioskParticipant kiosk = new KioskParticipant(dataSource, barrier);
        kiosk.createTable();
        return ParticipantWiring.of(threads)
                .service(kiosk)
                .barrier(barrier, dataSource)
                .on(Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create()))
                .build()
                .start();
    }

    /** Returns the name of the folder that contains the jar of a class; the folder is named after the version. */
    private static String folderOf(Class<?> type) {
        Path jar =
                Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
        return String.valueOf(jar.getName(jar.getNameCount() - 2));
    }
}
