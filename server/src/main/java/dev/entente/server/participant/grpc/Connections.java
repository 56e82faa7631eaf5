package dev.entente.server.participant.grpc;

import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.limit.ConnectionSource;
import io.grpc.ChannelCredentials;
import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** The few connections to one participant, used in turn. They connect when they are first used. Thread-safe. */
public final class Connections implements ConnectionSource {
    private static final long MIN_AGE_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    /** A "no" comes in trailers. Those beyond the limit make it Unknown, and far beyond it they end the connection. */
    public static final int MAX_METADATA_BYTES = 64 << 10;

    private final ParticipantConfig config;
    private final @Nullable GuardedNames names;
    private final EventLoops loops;
    private final AtomicReferenceArray<ManagedChannel> channels;
    private final AtomicLongArray openedNanos;
    private final AtomicInteger turn = new AtomicInteger();
    /** Those whose next change somebody is told of. */
    private final AtomicReferenceArray<@Nullable ManagedChannel> watched;

    private volatile boolean isClosed;

    /** @param names looks its address up; null for the resolvers of gRPC */
    Connections(ParticipantConfig config, @Nullable GuardedNames names, EventLoops loops) {
        this.config = config;
        this.names = names;
        this.loops = loops;
        this.channels = new AtomicReferenceArray<>(config.connections());
        this.openedNanos = new AtomicLongArray(config.connections());
        this.watched = new AtomicReferenceArray<>(config.connections());
        for (int i = 0; i < config.connections(); i++) {
            channels.set(i, open());
            openedNanos.set(i, System.nanoTime());
        }
        if (config.tls() != null) {
            config.tls().whenRenewed(this::replaceAll);
        }
    }

    private void replaceAll() {
        for (int i = 0; i < channels.length(); i++) {
            var _ = replaced(i);
        }
    }

    /** The channel in that place now, from 0. */
    ManagedChannel at(int index) {
        return channels.get(index);
    }

    /**
     * The ready channel whose turn it is; else one that could not connect, over which a call is told why at once; else
     * null. All are asked to connect that do not.
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

    @Override
    public boolean renew() {
        boolean isAnyFailing = false;
        for (int i = 0; i < channels.length(); i++) {
            isAnyFailing |= channels.get(i).getState(false) == ConnectivityState.TRANSIENT_FAILURE;
            var _ = unlessFailing(i);
        }
        return isAnyFailing;
    }

    /**
     * Returns the channel whose turn it is, or a new channel instead of one that could not connect. The old one would
     * refuse calls without a try until its own backoff, which grows to two minutes, has passed.
     */
    ManagedChannel nextUnlessFailing() {
        return unlessFailing(nextIndex());
    }

    private ManagedChannel unlessFailing(int index) {
        ManagedChannel channel = channels.get(index);
        boolean isOldEnough = System.nanoTime() - openedNanos.get(index) >= MIN_AGE_NANOS;
        return isOldEnough && channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE
                ? replaced(index, channel)
                : channel;
    }

    /** Puts a new channel in that place. */
    ManagedChannel replaced(int index) {
        return replaced(index, channels.get(index));
    }

    private ManagedChannel replaced(int index, ManagedChannel old) {
        ManagedChannel fresh = open();
        if (isClosed || !channels.compareAndSet(index, old, fresh)) {
            fresh.shutdownNow();
            return channels.get(index);
        }
        openedNanos.set(index, System.nanoTime());
        // Calls under way on it end as they would have.
        old.shutdown();
        return fresh;
    }

    private int nextIndex() {
        int count = channels.length();
        return count == 1 ? 0 : Math.floorMod(turn.getAndIncrement(), count);
    }

    /** Calls under way are broken off. */
    void close() {
        isClosed = true;
        for (int i = 0; i < channels.length(); i++) {
            channels.get(i).shutdownNow();
        }
    }

    private ManagedChannel open() {
        NettyChannelBuilder builder = named().eventLoopGroup(loops.group())
                .channelType(loops.clientChannel())
                .directExecutor()
                .disableRetry()
                .disableServiceConfigLookUp()
                .maxInboundMessageSize(config.maxResponseBytes())
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .neverIndexMetadataKeys(CallMetadata.UNIQUE)
                // Servers drop clients that ping more often than each five minutes. A dead link under traffic is found
                // sooner: where
                // keepalive is on, epoll sets TCP_USER_TIMEOUT to the keepalive timeout.
                .keepAliveTime(6, TimeUnit.MINUTES)
                .keepAliveTimeout(20, TimeUnit.SECONDS);
        ParticipantConfig.Tls tls = config.tls();
        if (tls != null && tls.authority() != null) {
            builder.overrideAuthority(tls.authority());
        }
        return builder.build();
    }

    @SuppressWarnings("deprecation") // the registry that is named instead is one for the whole process
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
