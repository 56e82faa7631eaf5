package dev.entente.rig;

import com.google.gson.JsonParser;
import dev.entente.backends.LoopbackPorts;
import dev.entente.demo.ParticipantMain;
import dev.entente.demo.ShopService;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The participants' processes. Each keeps its port at a restart. Not thread-safe. */
public final class Shop implements AutoCloseable {

    private final EmbeddedDatabase database;
    private final Path folder;
    private final Set<ShopService> faulty;
    private final Map<ShopService, ManagedChannel> channels = new EnumMap<>(ShopService.class);
    private final List<Stall> stalls = new ArrayList<>();

    /** One process with its services. */
    private static final class Stall {
        final Set<ShopService> services;
        int port;
        volatile ChildProcess process;

        Stall(Set<ShopService> services, int port, ChildProcess process) {
            this.services = services;
            this.port = port;
            this.process = process;
        }

        String name() {
            return services.stream().map(ShopService::label).collect(Collectors.joining("-"));
        }
    }

    private Shop(EmbeddedDatabase database, Path folder, Set<ShopService> faulty) {
        this.database = database;
        this.folder = folder;
        this.faulty = faulty;
    }

    /**
     * Starts one process per service. Blocks until all are ready.
     *
     * @param isForPeople whether each service listens on its usual port if that port is free; another run may take the
     *     port while a process is stopped
     */
    public static Shop processPerService(
            EmbeddedDatabase database,
            Path folder,
            Set<ShopService> services,
            Set<ShopService> faulty,
            boolean isForPeople)
            throws IOException, InterruptedException {
        Shop shop = new Shop(database, folder, faulty);
        for (ShopService service : services) {
            Set<ShopService> one = EnumSet.of(service);
            int port = isForPeople ? service.usualPort() : LoopbackPorts.next();
            shop.stalls.add(new Stall(one, 0, shop.launch(one, port, "--or-any-port")));
        }
        shop.awaitReady();
        return shop;
    }

    /** Starts one process for all services, on a free port. Blocks until it is ready. */
    public static Shop singleProcess(EmbeddedDatabase database, Path folder) throws IOException, InterruptedException {
        Shop shop = new Shop(database, folder, Set.of());
        Set<ShopService> services = EnumSet.allOf(ShopService.class);
        shop.stalls.add(new Stall(services, 0, shop.launch(services, LoopbackPorts.next(), "--or-any-port")));
        shop.awaitReady();
        return shop;
    }

    private ChildProcess launch(Set<ShopService> services, int port, String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("--port", Integer.toString(port), "--jdbc", database.url("postgres")));
        services.forEach(service -> arguments.addAll(List.of("--service", service.label())));
        arguments.addAll(List.of(more));
        if (services.stream().anyMatch(faulty::contains)) {
            arguments.add("--lie");
        }
        String name = "participant-" + services.stream().map(ShopService::label).collect(Collectors.joining("-"));
        List<String> command = JavaCommand.small(
                ClassData.PARTICIPANT.options(), ClassData.classPath(), "192m", ParticipantMain.class, arguments);
        return ChildProcess.start(name, command, Map.of(), folder.resolve(name + ".log"));
    }

    private void awaitReady() throws InterruptedException {
        for (Stall stall : stalls) {
            String ready = stall.process.awaitFirstLine(Readiness.limit());
            stall.port =
                    JsonParser.parseString(ready).getAsJsonObject().get("port").getAsInt();
        }
    }

    /** Returns the address of each service for the coordinator: {@code "stock"} → {@code "127.0.0.1:7801"}. */
    public Map<String, String> targets() {
        Map<String, String> targets = new TreeMap<>();
        stalls.forEach(
                stall -> stall.services.forEach(service -> targets.put(service.label(), "127.0.0.1:" + stall.port)));
        return targets;
    }

    /** Returns whether some services report work that they did not do. */
    public boolean isAnyFaulty() {
        return !faulty.isEmpty();
    }

    /** Returns the address on which {@code service} listens: host and port. */
    public String target(ShopService service) {
        return "127.0.0.1:" + stall(service).port;
    }

    /** Returns a channel to {@code service} that reconnects after a restart; the shop closes it. */
    public synchronized ManagedChannel channel(ShopService service) {
        return channels.computeIfAbsent(
                service,
                same -> NettyChannelBuilder.forTarget(target(same))
                        .usePlaintext()
                        .build());
    }

    /** Kills the process that serves {@code service}, like kill -9. */
    public void kill(ShopService service) {
        stall(service).process.kill();
    }

    /** Sends the process that serves {@code service} a signal such as {@code STOP}. Blocks. */
    public void signal(ShopService service, String name) throws IOException {
        stall(service).process.signal(name);
    }

    /** Starts the killed process of {@code service} again, on the same port. Blocks until it is ready. */
    public void restart(ShopService service) throws IOException, InterruptedException {
        relaunch(stall(service)).awaitFirstLine(Readiness.limit());
    }

    /** Lets the supervisor start each process again on the same port whenever it ends. */
    public void superviseBy(Supervisor supervisor) {
        stalls.forEach(stall -> supervisor.watch(stall.name(), stall.process, () -> relaunch(stall)));
    }

    private ChildProcess relaunch(Stall stall) throws IOException {
        ChildProcess started = launch(stall.services, stall.port);
        stall.process = started;
        return started;
    }

    private Stall stall(ShopService service) {
        return stalls.stream()
                .filter(stall -> stall.services.contains(service))
                .findFirst()
                .orElseThrow();
    }

    /** Stops all processes in parallel. */
    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
        Map<String, Thread> stopping = new TreeMap<>();
        stalls.forEach(stall -> stopping.put(stall.name(), Thread.ofVirtual().start(stall.process::close)));
        stopping.values().forEach(Shop::join);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
