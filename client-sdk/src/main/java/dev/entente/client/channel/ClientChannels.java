package dev.entente.client.channel;

import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The channels of one client: one to each coordinator, and one to each participant that this client calls directly.
 * Thread-safe.
 */
public final class ClientChannels implements AutoCloseable {
    private static final long CLOSE_SECONDS = 5;
    private static final long KEEP_ALIVE_SECONDS = 60;
    private static final Pattern URL = Pattern.compile("https?://.+");
    /** The limit that coordinators use among each other. */
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    private static final int MAX_HTTP_THREADS = 256;

    private final ChannelCredentials credentials;
    private final Map<String, String> addresses;
    private final Map<String, Channel> given;
    /** By target. */
    private final Map<String, ManagedChannel> opened = new HashMap<>();

    /** Threads that end when idle. If all are busy, or after the close, the submitting thread runs the task. */
    private final ExecutorService httpThreads = new ThreadPoolExecutor(
            0,
            MAX_HTTP_THREADS,
            1,
            TimeUnit.MINUTES,
            new SynchronousQueue<>(),
            ClientChannels::daemon,
            (task, threads) -> task.run());

    private @Nullable HttpClient http;

    /**
     * Opens no connection yet.
     *
     * @param addresses of participants, by their names
     * @param given channels to participants, by their names; {@link #close} leaves them open
     */
    public ClientChannels(ChannelCredentials credentials, Map<String, String> addresses, Map<String, Channel> given) {
        this.credentials = credentials;
        this.addresses = Map.copyOf(addresses);
        this.given = Map.copyOf(given);
    }

    /** Disables gRPC's retries: the SDK's retries know the errors, and gRPC's cost a fifth of a call's CPU. */
    private synchronized ManagedChannel open(String target) {
        return opened.computeIfAbsent(
                target,
                address -> Grpc.newChannelBuilder(address, credentials)
                        .disableRetry()
                        .maxInboundMessageSize(MAX_ANSWER_BYTES)
                        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                        .build());
    }

    /**
     * Returns one channel to the coordinators at these addresses.
     *
     * @param targets at least one
     * @param isRotating whether calls are distributed round-robin
     * @param tick the interval at which silence is measured
     */
    public Channel coordinators(List<String> targets, boolean isRotating, RandomGenerator random, Duration tick) {
        Executor afterTick = CompletableFuture.delayedExecutor(tick.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
        List<SilenceDetectingChannel> channels = targets.stream()
                .map(target -> new SilenceDetectingChannel(target, open(target), System::nanoTime, afterTick))
                .toList();
        return channels.size() == 1
                ? channels.get(0)
                : new FailoverChannel(channels, random.nextInt(channels.size()), isRotating);
    }

    /**
     * Returns the channel for the tries that this client calls directly.
     *
     * @param name in the coordinator's configuration, or {@code host:port}
     * @throws IllegalStateException if its address is not known
     */
    public Channel participant(String name) {
        Channel channel = given.get(name);
        if (channel != null) {
            return channel;
        }
        return open(address(name, false));
    }

    /**
     * Returns the URL of a participant whose tries this client calls over HTTP, without a slash at its end.
     *
     * @param name in the coordinator's configuration, or {@code host:port}
     * @throws IllegalStateException if the address is not known, or is no URL
     */
    public String url(String name) {
        String address = address(name, true);
        return address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    }

    private String address(String name, boolean isHttp) {
        String direct = isHttp ? "http://" + name : name;
        String address = addresses.getOrDefault(name, name.contains(":") ? direct : "");
        if (address.isEmpty() || URL.matcher(address).matches() != isHttp) {
            throw new IllegalStateException("the address of participant '" + name + "' is "
                    + (address.isEmpty() ? "not known" : address) + " here, and an interactive scope calls this try"
                    + " itself, over " + (isHttp ? "HTTP" : "gRPC") + "; call Entente.builder(…).participant(\"" + name
                    + "\", \"" + (isHttp ? "http://host:port" : "host:port") + "\")");
        }
        return address;
    }

    /**
     * Returns the client for all participants that are called over HTTP. As a coordinator, the client follows no
     * redirect and uses no proxy; it trusts the JVM's certificates. Its executor runs the callbacks.
     */
    public synchronized HttpClient http() {
        if (http == null) {
            http = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .executor(httpThreads)
                    .build();
        }
        return http;
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "entente-http");
        thread.setDaemon(true);
        return thread;
    }

    /** Closes the channels that were opened here. Blocks up to five seconds for running gRPC calls. */
    @Override
    public synchronized void close() {
        httpThreads.shutdown();
        opened.values().forEach(ManagedChannel::shutdown);
        Deadline end = Deadline.after(CLOSE_SECONDS, TimeUnit.SECONDS);
        try {
            for (ManagedChannel channel : opened.values()) {
                if (!channel.awaitTermination(end.timeRemaining(TimeUnit.NANOSECONDS), TimeUnit.NANOSECONDS)) {
                    channel.shutdownNow();
                }
            }
        } catch (InterruptedException interrupted) {
            opened.values().forEach(ManagedChannel::shutdownNow);
            Thread.currentThread().interrupt();
        }
    }
}
