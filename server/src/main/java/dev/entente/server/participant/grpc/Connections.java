package dev.entente.server.participant.grpc;

import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.limit.CalledParticipant;
import dev.entente.server.participant.limit.ConnectionSource;
import io.grpc.ChannelCredentials;
import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** The connections to one participant, used in rotation. Each connects at its first use. Thread-safe. */
final class Connections implements ConnectionSource {
    private final ParticipantConfig config;
    private final @Nullable GuardedNames names;
    private final EventLoops loops;
    private final AtomicReferenceArray<ManagedChannel> channels;
    private final AtomicInteger counter = new AtomicInteger();
    /** The channels for which a callback of the next change is registered. */
    private final AtomicReferenceArray<@Nullable ManagedChannel> watched;

    private volatile boolean isClosed;

    /** @param names resolves the address; null for gRPC's own resolvers */
    Connections(ParticipantConfig config, @Nullable GuardedNames names, EventLoops loops) {
        this.config = config;
        this.names = names;
        this.loops = loops;
        this.channels = new AtomicReferenceArray<>(config.connections());
        this.watched = new AtomicReferenceArray<>(config.connections());
        for (int i = 0; i < config.connections(); i++) {
            channels.set(i, open());
        }
        if (config.tls() != null) {
            config.tls().whenRenewed(this::replaceAll);
        }
    }

    /** Returns the current channel of an index, from 0. */
    ManagedChannel at(int index) {
        return channels.get(index);
    }

    /**
     * Returns the next ready channel; else a channel that failed to connect, over which a call gets the reason at once;
     * else null. Requests a connection on each channel that is idle.
     */
    @Nullable
    ManagedChannel usable() {
        ManagedChannel failing = null;
        for (int i = channels.length(); i > 0; i--) {
            ManagedChannel channel = channels.get(nextIndex());
            ConnectivityState state = channel.getState(true);
            if (state == ConnectivityState.READY || isClosed) {
                return channel;
            }
            failing = state == ConnectivityState.TRANSIENT_FAILURE ? channel : failing;
        }
        return failing;
    }

    @Override
    public boolean isOpen() {
        for (int i = 0; i < channels.length(); i++) {
            if (channels.get(i).getState(false) == ConnectivityState.READY) {
                return true;
            }
        }
        return isClosed;
    }

    @Override
    public void request(Runnable changed) {
        for (int i = 0; i < channels.length(); i++) {
            int index = i;
            ManagedChannel channel = channels.get(index);
            ManagedChannel before = watched.get(index);
            if (!channel.equals(before) && watched.compareAndSet(index, before, channel)) {
                channel.notifyWhenStateChanged(channel.getState(true), () -> {
                    watched.compareAndSet(index, channel, null);
                    changed.run();
                });
            }
        }
    }

    /** Resets gRPC's own backoff, which grows to two minutes. */
    @Override
    public boolean renew() {
        boolean isAnyFailing = false;
        for (int i = 0; i < channels.length(); i++) {
            isAnyFailing |= channels.get(i).getState(false) == ConnectivityState.TRANSIENT_FAILURE;
            channels.get(i).resetConnectBackoff();
        }
        return isAnyFailing;
    }

    /** Opens new channels. Calls in flight finish on the old channels. */
    private void replaceAll() {
        for (int i = 0; i < channels.length(); i++) {
            ManagedChannel fresh = open();
            ManagedChannel old = channels.getAndSet(i, fresh);
            if (isClosed) {
                fresh.shutdownNow();
            }
            old.shutdown();
        }
    }

    private int nextIndex() {
        int count = channels.length();
        return count == 1 ? 0 : Math.floorMod(counter.getAndIncrement(), count);
    }

    /** Aborts calls in flight. */
    void close() {
        isClosed = true;
        for (int i = 0; i < channels.length(); i++) {
            channels.get(i).shutdownNow();
        }
    }

    /** Creates a channel that connects at its first use. */
    ManagedChannel open() {
        NettyChannelBuilder builder = named().eventLoopGroup(loops.group())
                .channelType(loops.clientChannel())
                .directExecutor()
                .disableRetry()
                .disableServiceConfigLookUp()
                .proxyDetector(_ -> null) // a proxy of the JVM would connect to unchecked addresses
                // The default policy would send all calls to the first address of a name; one address works too.
                .defaultLoadBalancingPolicy("round_robin")
                .maxInboundMessageSize(config.maxResponseBytes())
                .maxInboundMetadataSize(CalledParticipant.MAX_METADATA_BYTES)
                .neverIndexMetadataKeys(CallMetadata.UNIQUE)
                // Servers drop clients that ping more often than every five minutes. With traffic a dead link is
                // detected earlier: with keepalive, epoll sets TCP_USER_TIMEOUT to the keepalive timeout.
                .keepAliveTime(6, TimeUnit.MINUTES)
                .keepAliveTimeout(20, TimeUnit.SECONDS);
        ParticipantConfig.Tls tls = config.tls();
        if (tls != null && tls.authority() != null) {
            builder.overrideAuthority(tls.authority());
        }
        return builder.build();
    }

    @SuppressWarnings("deprecation") // the replacement is a registry for the whole process
    private NettyChannelBuilder named() {
        return names == null
                ? NettyChannelBuilder.forTarget(config.target(), credentials())
                : NettyChannelBuilder.forTarget(GuardedNames.TARGET, credentials())
                        .nameResolverFactory(names);
    }

    private ChannelCredentials credentials() {
        ParticipantConfig.Tls tls = config.tls();
        if (tls == null) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
        TrustManager[] authorities = tls.authorities();
        if (authorities != null) {
            credentials.trustManager(authorities);
        }
        KeyManager[] own = tls.own();
        if (own != null) {
            credentials.keyManager(own);
        }
        return credentials.build();
    }
}
