package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.guard.HostPort;
import dev.entente.server.participant.http.HttpAddress;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Participants that announced themselves, for development on one machine. What was announced holds until the
 * coordinator ends: a participant under a debugger does not repeat itself. Thread-safe.
 */
final class Announcements {
    static final int MOST = 64;

    private final Set<String> byHand;
    private final Map<String, String> targets = new HashMap<>();

    /** @param byHand the names that are configured, and that nobody may announce */
    Announcements(Collection<String> byHand) {
        this.byHand = Set.copyOf(byHand);
    }

    /**
     * Keeps an announcement.
     *
     * @param peer the address that it came from, in numbers
     * @return null if it was known already
     * @throws Refusal ENT-063 if it is not taken
     */
    synchronized @Nullable ParticipantConfig changed(String name, String target, String peer) {
        try {
            ValueParser.participant(name);
            check(name, target, peer);
        } catch (IllegalArgumentException why) {
            throw refused("'" + name + "' at '" + target + "': " + why.getMessage());
        }
        return target.equals(targets.put(name, target)) ? null : ParticipantConfig.plaintext(name, target);
    }

    private void check(String name, String target, String peer) {
        require(isLoopback(peer), "it does not come from this machine; configure participants." + name + ".target");
        require(
                !byHand.contains(name),
                "that name is configured; leave out participants." + name + ", or entente.participant.name");
        require(
                targets.containsKey(name) || targets.size() < MOST,
                "there are " + MOST + " others; end the coordinator and start it again");
        require(
                isLoopback(host(target)),
                "it is not on loopback; say localhost:9090 for gRPC, or http://localhost:8080 for HTTP");
    }

    private static String host(String target) {
        if (target.startsWith("http://")) {
            return HttpAddress.of(target).host();
        }
        HostPort address = HostPort.of(target);
        return address == null ? "" : address.host().replaceAll("[\\[\\]]", "");
    }

    /** Looks nothing up: a name could lead elsewhere later. */
    private static boolean isLoopback(String host) {
        try {
            return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException aName) {
            return false;
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    static Refusal refused(String why) {
        return Refusal.of(ErrorCode.ANNOUNCEMENT, "the announcement of a participant is not taken: " + why);
    }
}
