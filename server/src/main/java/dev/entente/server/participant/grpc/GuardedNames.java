package dev.entente.server.participant.grpc;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.participant.guard.AllowedAddresses;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of one participant that a plan names by {@code host:port}. Each look-up is checked, and connections use
 * the checked IP addresses. gRPC does not interpret the target's text. Thread-safe.
 */
final class GuardedNames extends NameResolver.Factory {
    /** A placeholder: this class knows the address and is the only resolver. */
    static final String TARGET = "dns:///guarded";

    private static final Logger LOG = LoggerFactory.getLogger(GuardedNames.class);

    private final String hostPort;
    private final AllowedAddresses allowed;
    private final Runnable caught;
    private volatile @Nullable String failure;

    /** @param caught runs after a defect in a look-up */
    GuardedNames(String hostPort, AllowedAddresses allowed, Runnable caught) {
        this.hostPort = hostPort;
        this.allowed = allowed;
        this.caught = caught;
    }

    /** Returns why the latest look-up found no address, without any address; null if it found one. */
    @Nullable
    String failure() {
        return failure;
    }

    @Override
    public String getDefaultScheme() {
        return "dns";
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
        return new LookUps(args.getSynchronizationContext());
    }

    /** Resolves at the start, and after each failed connection. */
    private final class LookUps extends NameResolver {
        private final SynchronizationContext context;
        private @Nullable Listener2 listener;
        /** Used only within the context. */
        private boolean isInProgress;

        LookUps(SynchronizationContext context) {
            this.context = context;
        }

        @Override
        public String getServiceAuthority() {
            return hostPort;
        }

        @Override
        public void start(Listener2 reported) {
            listener = reported;
            refresh();
        }

        @Override
        public void refresh() {
            if (!isInProgress) {
                isInProgress = true;
                Thread.ofVirtual().name("entente-look-up").start(() -> {
                    StatusOr<List<EquivalentAddressGroup>> found = lookUp();
                    context.execute(() -> report(found));
                });
            }
        }

        private void report(StatusOr<List<EquivalentAddressGroup>> found) {
            isInProgress = false;
            Objects.requireNonNull(listener, "not started")
                    .onResult2(ResolutionResult.newBuilder()
                            .setAddressesOrError(found)
                            .build());
        }

        /** Does nothing, because a closed channel ignores results. */
        @Override
        public void shutdown() {}
    }

    private StatusOr<List<EquivalentAddressGroup>> lookUp() {
        int colon = hostPort.lastIndexOf(':');
        int port = Integer.parseInt(hostPort.substring(colon + 1));
        try {
            List<EquivalentAddressGroup> found = allowed.of(hostPort, hostPort.substring(0, colon)).stream()
                    .map(address -> new EquivalentAddressGroup(new InetSocketAddress(address, port)))
                    .toList();
            failure = null;
            return StatusOr.fromValue(found);
        } catch (UnknownHostException unknown) {
            return failed("its host name has no address");
        } catch (AllowedAddresses.Forbidden forbidden) {
            return failed(ErrorCode.TARGET_NOT_ALLOWED.id() + ": " + forbidden.getMessage());
        } catch (RuntimeException | Error defect) { // without a result every call would wait
            caught.run();
            LOG.error("the lookup of {} failed", hostPort, defect);
            return failed("its host name could not be looked up");
        }
    }

    private StatusOr<List<EquivalentAddressGroup>> failed(String why) {
        failure = why;
        return StatusOr.fromStatus(Status.UNAVAILABLE.withDescription(why));
    }
}
