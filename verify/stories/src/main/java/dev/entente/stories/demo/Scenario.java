package dev.entente.stories.demo;

import dev.entente.demo.ShopService;
import java.util.EnumSet;
import java.util.Set;

/**
 * A scenario with transactions: the participants, the operations and faults, and the checks by SQL.
 *
 * @param name the value of {@code --scenario} that selects the scenario
 * @param text a description for a new reader
 * @param faulty the participant whose fault the scenario must detect
 * @param services the services that must run
 * @param parts the external programs that must run
 * @param isQuick whether the scenario runs if the user names none; a long scenario runs only by name
 * @param isKillable whether the script continues under the kills of {@code --kills}
 * @param script the operations, with the checks
 */
record Scenario(
        String name,
        String text,
        ShopService faulty,
        Set<ShopService> services,
        Set<ExternalPrograms.Part> parts,
        boolean isQuick,
        boolean isKillable,
        Script script) {
    private static final Set<ShopService> SHOP = EnumSet.of(
            ShopService.ORDER,
            ShopService.STOCK,
            ShopService.PAYMENT,
            ShopService.POINTS,
            ShopService.SHIPPING,
            ShopService.ACCOUNT);

    /** The operations and the checks of a scenario. Blocks. */
    interface Script {
        void play(ScenarioRun play) throws Exception;
    }

    /** Makes a short scenario in the shop. */
    static Scenario quick(String name, ShopService faulty, String text, Script script) {
        return new Scenario(name, text, faulty, SHOP, Set.of(), true, false, script);
    }

    /** Makes a longer scenario in the shop: more process starts, or more work. */
    static Scenario named(String name, ShopService faulty, String text, Script script) {
        return new Scenario(name, text, faulty, SHOP, Set.of(), false, false, script);
    }

    /** Returns the scenario with these services only. */
    Scenario with(ShopService... others) {
        EnumSet<ShopService> all = EnumSet.noneOf(ShopService.class);
        all.addAll(Set.of(others));
        return new Scenario(name, text, faulty, all, parts, isQuick, isKillable, script);
    }

    /** Returns the scenario with the mail service added. */
    Scenario andMail() {
        EnumSet<ShopService> more = EnumSet.copyOf(services);
        more.add(ShopService.MAIL);
        return new Scenario(name, text, faulty, more, parts, isQuick, isKillable, script);
    }

    /** Returns the scenario with these external programs. */
    Scenario on(ExternalPrograms.Part... more) {
        return new Scenario(name, text, faulty, services, Set.of(more), isQuick, isKillable, script);
    }

    /** Returns the scenario as one that supports {@code --kills}. */
    Scenario killable() {
        return new Scenario(name, text, faulty, services, parts, isQuick, true, script);
    }

    /** Returns whether {@code --fail} can choose the step at which the scenario's order fails. */
    boolean canFail() {
        return services.containsAll(SHOP) && name.endsWith("shop");
    }
}
