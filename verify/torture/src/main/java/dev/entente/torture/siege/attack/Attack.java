package dev.entente.torture.siege.attack;

import java.util.List;

/**
 * One kind of attack.
 *
 * @param name the name in reports and in {@code --only}
 * @param action the attacker's work; it ends by itself when the run is over
 */
public record Attack(String name, Action action) {
    /** Attacks until the run is over. Blocks. */
    public interface Action {
        void go(AttackTarget target, AttackRun attackRun) throws Exception;
    }

    /** Returns all attacks in the order of their execution. */
    public static List<Attack> all() {
        return HostileParticipants.all();
    }
}
