package dev.entente.torture.siege.attack;

import java.util.List;

/**
 * One way to attack.
 *
 * @param name as reports and {@code --only} have it
 * @param way what is done; it ends by itself when the raid is over
 */
public record Attack(String name, Way way) {
    /** Does it until the raid is over. Blocks. */
    public interface Way {
        void go(Front front, Raid raid) throws Exception;
    }

    /** Returns all of them, in the order in which they are made. */
    public static List<Attack> all() {
        return HostileParticipants.all();
    }
}
