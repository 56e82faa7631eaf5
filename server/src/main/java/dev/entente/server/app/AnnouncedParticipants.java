package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.guard.HostPort;
import dev.entente.server.participant.http.HttpAddress;
import dev.entente.server.telemetry.RateLimitedLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The participants that announced themselves, for development on one machine. An announcement is valid until the
 * coordinator ends, because a participant under a debugger does not repeat it. Thread-safe.
 */
final class AnnouncedParticipants {
    static final int MAX = 64;

    private static final Logger LOG = LoggerFactory.getLogger(AnnouncedParticipants.class);
    /** A connection on loopback succeeds or fails immediately, unless the listener's queue is full. */
    private static final int CONNECT_MILLIS = 200;

    private static final int HTTP_PORT = 80;

    private final Set<String> byHand;
    private final Map<String, Announced> announced = new HashMap<>();
    private final RateLimitedLog conflicts = new RateLimitedLog(System::nanoTime);

    private record Announced(String target, String application) {}

    /** @param byHand the configured names, which cannot be announced */
    AnnouncedParticipants(Collection<String> byHand) {
        this.byHand = Set.copyOf(byHand);
    }

    /**
     * Stores an announcement. The last announcement of an application's instances counts. An announced application
     * keeps its {@code name} while a program listens at its target, also under a debugger.
     *
     * @param application the id that all instances of the participant send, and no other application
     * @param peer the numeric address that sent the announcement
     * @return null for a known announcement
     * @throws Refusal ENT-063 if the announcement is refused, ENT-066 if another application has the name
     */
    synchronized @Nullable ParticipantConfig changed(String name, String target, String application, String peer) {
        try {
            ValueParser.participant(name);
            check(name, target, peer);
        } catch (IllegalArgumentException why) {
            throw refused("'" + name + "' at '" + target + "': " + why.getMessage());
        }
        Announced last = announced.get(name);
        boolean isKnown = last != null && last.target().equals(target);
        if (last != null && !isKnown && !last.application().equals(application) && isListening(last.target())) {
            throw conflict(name, target, last.target());
        }
        announced.put(name, new Announced(target, application));
        return isKnown ? null : ParticipantConfig.plaintext(name, target);
    }

    private void check(String name, String target, String peer) {
        require(isLoopback(peer), "it does not come from this machine; configure participants." + name + ".target");
        require(
                !byHand.contains(name),
                "the name is configured; remove participants." + name + ", or entente.participant.name");
        require(
                announced.containsKey(name) || announced.size() < MAX,
                "there are " + MAX + " announced participants, which is the limit; restart the coordinator");
        String host = address(target, name).getHostString();
        require(
                isLoopback(host),
                "'" + host + "' is not a loopback address; listen at localhost (Spring Boot: server.address), or"
                        + " configure participants." + name + ".target");
    }

    /**
     * Reads a target, without a lookup of its host.
     *
     * @throws IllegalArgumentException if the target cannot be announced
     */
    private static InetSocketAddress address(String target, String name) {
        if (target.startsWith("http://")) {
            URI uri = HttpAddress.of(target).uri("/");
            int port = uri.getPort() < 0 ? HTTP_PORT : uri.getPort();
            return InetSocketAddress.createUnresolved(unbracketed(uri.getHost()), port);
        }
        require(
                !target.contains("://"),
                "only http:// and gRPC without TLS can be announced; configure participants." + name + ".target");
        HostPort address = HostPort.of(target);
        if (address == null) {
            throw new IllegalArgumentException(
                    "the target is not host:port with a port of 1 to 65535; announce localhost:9090 for gRPC, or"
                            + " http://localhost:8080 for HTTP");
        }
        return InetSocketAddress.createUnresolved(unbracketed(address.host()), address.port());
    }

    private static String unbracketed(String host) {
        return host.replaceAll("[\\[\\]]", "");
    }

    /** Accepts no other name than localhost, because a name could later resolve to another address. */
    private static boolean isLoopback(String host) {
        try {
            return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException aName) {
            return false;
        }
    }

    private static boolean isListening(String target) {
        InetSocketAddress address = address(target, "");
        try {
            for (InetAddress each : InetAddress.getAllByName(address.getHostString())) {
                if (isListening(new InetSocketAddress(each, address.getPort()))) {
                    return true;
                }
            }
            return false;
        } catch (UnknownHostException noLocalhost) {
            return false;
        }
    }

    private static boolean isListening(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, CONNECT_MILLIS);
            return true;
        } catch (SocketTimeoutException busy) {
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private Refusal conflict(String name, String target, String taken) {
        Refusal refusal = Refusal.of(
                ErrorCode.ANNOUNCED_BY_ANOTHER,
                "the announcement of participant '" + name + "' at '" + target
                        + "' is refused: another application is announced by this name at"
                        + " '" + taken + "' and listens there; give each application its own entente.participant.name,"
                        + " or stop the other application");
        int withheld = conflicts.due();
        if (withheld != RateLimitedLog.WITHHELD) {
            LOG.error("{} ({} more refusals since the last line)", refusal.getMessage(), withheld);
        }
        return refusal;
    }

    static Refusal refused(String why) {
        return Refusal.of(ErrorCode.ANNOUNCEMENT, "the announcement of a participant is refused: " + why);
    }
}
