package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.api.ApiServer;
import dev.entente.server.api.access.ApiSecurity;
import dev.entente.server.api.access.PeerProof;
import dev.entente.server.api.access.Tls;
import dev.entente.server.api.access.TlsFiles;
import dev.entente.server.api.access.TokenFile;
import dev.entente.server.api.connect.ConnectCalls;
import dev.entente.server.console.ConsoleMode;
import dev.entente.server.http.HttpPort;
import dev.entente.server.http.RequestFilter;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.guard.Network;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.admin.AuditTrail;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Binds the ports of gRPC and HTTP, with the files of tokens and TLS, which are read again while the ports serve. */
final class Ports {
    private final Configuration configuration;
    private final Metrics metrics;
    private final Supplier<Instant> databaseNow;
    private final Consumer<Runnable> closings;
    private final List<Network> trusted;
    private final @Nullable TlsFiles tls;

    /**
     * Reads the files of TLS. Blocks.
     *
     * @param databaseNow the time for the validity of tokens
     * @param looking reads the files of TLS again until it is shut down
     * @param closings takes the task that ends the reads of tokens
     * @throws StartupFailure if the files are unusable
     */
    Ports(
            Configuration configuration,
            Metrics metrics,
            Supplier<Instant> databaseNow,
            ScheduledExecutorService looking,
            Consumer<Runnable> closings) {
        this.configuration = configuration;
        this.metrics = metrics;
        this.databaseNow = databaseNow;
        this.closings = closings;
        trusted = configuration.get(Setting.HTTP_TRUSTED_PROXIES);
        tls = tls(looking);
    }

    private @Nullable TlsFiles tls(ScheduledExecutorService looking) {
        Tls files = configuration.tls();
        if (files == null) {
            return null;
        }
        try {
            return new TlsFiles(files, looking, metrics);
        } catch (IOException | IllegalArgumentException useless) {
            throw uselessTls(useless);
        }
    }

    ApiServer grpc(PeerProof peers, AuditTrail trail, EventLoops loops) {
        InetSocketAddress address = configuration.grpc();
        ApiSecurity entrance = new ApiSecurity(tokens(trail), configuration.proxyUsers(), peers, trail, tls);
        try {
            int planBytes = configuration.get(Setting.LIMITS_PLAN);
            return new ApiServer(
                    address, loops, entrance, planBytes, configuration.times().connections(), metrics);
        } catch (IOException taken) {
            throw portTaken("grpc.port", address, taken);
        } catch (IllegalArgumentException useless) {
            throw uselessTls(useless);
        }
    }

    private StartupFailure uselessTls(Exception useless) {
        Throwable cause = useless.getCause() == null ? useless : useless.getCause();
        return new StartupFailure(
                ErrorCode.BAD_VALUE,
                "the files of grpc.tls cannot be used (" + configuration.tls() + "): "
                        + TextFile.reason(cause)
                        + "; they must be PEM files that this process can read, the key in PKCS#8 and without a"
                        + " password",
                useless);
    }

    /** Begins to bind the HTTP port on a separate thread, while the other parts of the coordinator start. */
    CompletableFuture<HttpPort> http() {
        return CompletableFuture.supplyAsync(
                this::bindHttp,
                task -> Thread.ofPlatform().name("entente-http-start").daemon().start(task));
    }

    private HttpPort bindHttp() {
        InetSocketAddress address = configuration.http();
        Tls files = configuration.tls();
        boolean needsCertificate = files != null && files.clientCa() != null;
        RequestFilter filter =
                configuration.get(Setting.HTTP_API) || configuration.get(Setting.CONSOLE) != ConsoleMode.OFF
                        ? new RequestFilter(
                                configuration.hosts(),
                                this::isTrustedProxy,
                                configuration.get(Setting.HTTP_USER_HEADER),
                                files != null,
                                needsCertificate,
                                ConnectCalls::refusal)
                        : null;
        SSLContext https = tls != null && configuration.get(Setting.HTTP_TLS) ? tls.http() : null;
        try {
            return HttpPort.start(address, https, filter, metrics);
        } catch (IOException taken) {
            throw portTaken("http.port", address, taken);
        }
    }

    private boolean isTrustedProxy(InetAddress address) {
        return trusted.stream().anyMatch(network -> network.contains(address));
    }

    /** Closes the HTTP port, bound or not. Blocks. */
    static void close(CompletableFuture<HttpPort> binding) {
        HttpPort http = binding.handle((bound, _) -> bound).join();
        if (http != null) {
            http.stop();
        }
    }

    private static StartupFailure portTaken(String key, InetSocketAddress address, IOException taken) {
        return new StartupFailure(
                ErrorCode.PORT_TAKEN,
                key + " = " + address.getPort() + " cannot be opened on " + address.getHostString() + ": "
                        + taken.getMessage() + "; stop the process that listens there, or choose another port (0 for"
                        + " any free port)",
                taken);
    }

    /** Opens the token file, which is read again each second on a separate thread. */
    private @Nullable TokenFile tokens(AuditTrail trail) {
        Path file = configuration.get(Setting.AUTH_TOKEN_FILE);
        if (file == null) {
            return null;
        }
        try {
            TokenFile tokens = TokenFile.open(file, new TokenFile.Times(databaseNow, System::nanoTime), metrics);
            tokens.whenChanged(
                    change -> trail.add(new AuditRecord(AuditTrail.SELF, "tokens", "", change, "", "CHANGED")));
            ScheduledExecutorService refreshing = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("entente-tokens").daemon().factory());
            closings.accept(refreshing::shutdownNow);
            var _ = refreshing.scheduleWithFixedDelay(tokens::refresh, 1, 1, TimeUnit.SECONDS);
            return tokens;
        } catch (IOException | IllegalArgumentException unreadable) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "auth.tokenFile = '" + file + "' cannot be read: " + TextFile.reason(file, unreadable)
                            + "; create one with `entente token create --file " + file + " …`",
                    unreadable);
        }
    }
}
