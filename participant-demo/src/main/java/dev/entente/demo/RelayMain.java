package dev.entente.demo;

import dev.entente.client.Entente;
import dev.entente.client.Retry;
import dev.entente.outbox.OutboxRelay;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Relays one service's outbox until it is told to stop. Prints one line of JSON once it runs. */
@Command(
        name = "relay",
        description = "Delivers what a service's outbox holds, to the coordinator and to other services.",
        mixinStandardHelpOptions = true)
public final class RelayMain implements Callable<Integer> {
    /** What is killed and started again must not find its messages parked. */
    private static final Retry PATIENT = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(2), 1000);

    @Option(names = "--service", required = true, description = "Whose outbox: order, customer, ...")
    private String service = "";

    @Option(names = "--jdbc", required = true, description = "Any database of the server.")
    private String jdbc = "";

    @Option(names = "--coordinator", required = true, paramLabel = "HOST:PORT", description = "Who takes plans.")
    private String coordinator = "";

    @Option(names = "--channel", paramLabel = "NAME=HOST:PORT", description = "Who takes calls; repeatable.")
    private Map<String, String> channels = new TreeMap<>();

    @Option(names = "--until-pid", description = "Ends when this process has ended.")
    private @Nullable Long untilPid;

    RelayMain() {}

    /** Relays until the process is told to stop. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "participant-logback.xml");
        System.exit(new CommandLine(new RelayMain()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException {
        ShopService whose = ShopService.valueOf(service.toUpperCase(java.util.Locale.ROOT));
        ParticipantMain.endWith(untilPid);
        try (Entente entente = Entente.builder(coordinator).build()) {
            OutboxRelay.Builder relay = OutboxRelay.from(ServiceDatabase.named(jdbc, whose.databaseName()))
                    .deliverThrough(entente)
                    .retry(PATIENT)
                    .poll(Duration.ofSeconds(1));
            channels.forEach((name, target) -> relay.channel(name, channel(target)));
            try (OutboxRelay running = relay.start()) {
                running.wake();
                System.out.printf(
                        "{\"relays\":\"%s\",\"pid\":%d}%n",
                        service, ProcessHandle.current().pid());
                new CountDownLatch(1).await();
            }
        }
        return 0;
    }

    private static ManagedChannel channel(String target) {
        return NettyChannelBuilder.forTarget(target).usePlaintext().build();
    }
}
