package dev.entente.demo;

import dev.entente.client.Entente;
import dev.entente.client.Retry;
import dev.entente.outbox.OutboxRelay;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Relays the outboxes of some services until the process is terminated. Prints one line of JSON when it runs. */
@Command(
        name = "relay",
        description = "Delivers the messages of services' outboxes to the coordinator and to other services.",
        mixinStandardHelpOptions = true)
public final class RelayMain implements Callable<Integer> {
    /** The retries of messages are long enough that none is parked while a service is killed and restarted. */
    private static final Retry PATIENT = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(2), 1000);

    /** The timeout is short: the messages of a killed relay stay claimed for this time and some seconds. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);

    @Option(names = "--service", required = true, description = "A service with an outbox, such as order; repeatable.")
    private List<String> services = new ArrayList<>();

    @Option(names = "--jdbc", required = true, description = "Any database of the PostgreSQL server.")
    private String jdbc = "";

    @Option(names = "--coordinator", required = true, paramLabel = "HOST:PORT", description = "The coordinator.")
    private String coordinator = "";

    @Option(names = "--channel", paramLabel = "NAME=HOST:PORT", description = "A service that takes calls; repeatable.")
    private Map<String, String> channels = new TreeMap<>();

    @Option(names = "--until-pid", description = "Exits when the process with this pid has ended.")
    private @Nullable Long untilPid;

    RelayMain() {}

    /** Relays until the process is terminated. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "participant-logback.xml");
        System.exit(new CommandLine(new RelayMain()).execute(args));
    }

    @Override
    public Integer call() throws InterruptedException {
        List<ShopService> whose = ShopService.named(services);
        ParticipantMain.endWith(untilPid);
        List<OutboxRelay> relays = new ArrayList<>();
        try (Entente entente = Entente.builder(coordinator).build()) {
            try {
                whose.forEach(service -> relays.add(relay(service, entente)));
                relays.forEach(OutboxRelay::wake);
                System.out.printf(
                        "{\"relays\":\"%s\",\"pid\":%d}%n",
                        String.join(",", services), ProcessHandle.current().pid());
                new CountDownLatch(1).await();
            } finally {
                relays.forEach(OutboxRelay::close); // before the clients and channels that the relays use
            }
        }
        return 0;
    }

    private OutboxRelay relay(ShopService service, Entente entente) {
        OutboxRelay.Builder relay = OutboxRelay.from(ServiceDatabase.named(jdbc, service.databaseName()))
                .deliverThrough(entente)
                .retry(PATIENT)
                .callTimeout(CALL_TIMEOUT)
                .poll(Duration.ofSeconds(1));
        channels.forEach((name, target) -> relay.channel(name, channel(target)));
        return relay.start();
    }

    private static ManagedChannel channel(String target) {
        return NettyChannelBuilder.forTarget(target).usePlaintext().build();
    }
}
