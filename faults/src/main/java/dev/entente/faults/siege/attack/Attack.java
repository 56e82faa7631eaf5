package dev.entente.faults.siege.attack;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One way to attack.
 *
 * @param name as reports and {@code --only} have it
 * @param isOnTls whether it needs the coordinator that speaks TLS
 * @param way what is done; it ends by itself when the raid is over
 */
public record Attack(String name, boolean isOnTls, Way way) {
    /** Does it until the raid is over. Blocks. */
    interface Way {
        void go(Front front, Raid raid) throws Exception;
    }

    /** Returns all of them, in the order in which they are made. */
    public static List<Attack> all() {
        return Stream.of(Bombs.all(), HealthWatches.all(), Rights.all(), Tls.all(), HostileParticipants.all())
                .flatMap(List::stream)
                .toList();
    }

    static Optional<Attack> named(String name) {
        return all().stream().filter(attack -> attack.name().equals(name)).findFirst();
    }

    static Attack plain(String name, Way way) {
        return new Attack(name, false, way);
    }

    static Attack tls(String name, Way way) {
        return new Attack(name, true, way);
    }
}
