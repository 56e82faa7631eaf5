package dev.entente.stories.demo;

import dev.entente.demo.ShopService;
import java.util.EnumSet;
import java.util.Set;

/**
 * Something that happens to transactions: who takes part, what they do and suffer, and the SQL that must hold afterwards.
 *
 * @param name the value of {@code --scenario} that plays it
 * @param text for a reader who sees it for the first time
 * @param liar the participant whose lie it must find out
 * @param services those that must run
 * @param parts what else must run
 * @param isQuick whether it plays where no story is named; long ones are only played by name
 * @param isKillable whether its script goes on under kills of {@code --kills}
 * @param script what happens, with the checks
 */
record Story(
        String name,
        String text,
        ShopService liar,
        Set<ShopService> services,
        Set<Parts.Part> parts,
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

    /** What happens in a story, and what is checked. Blocks. */
    interface Script {
        void play(Play play) throws Exception;
    }

    /** A short one in the shop. */
    static Story quick(String name, ShopService liar, String text, Script script) {
        return new Story(name, text, liar, SHOP, Set.of(), true, false, script);
    }

    /** One in the shop that takes longer: more starts of processes, or more work. */
    static Story named(String name, ShopService liar, String text, Script script) {
        return new Story(name, text, liar, SHOP, Set.of(), false, false, script);
    }

    /** The same with these services alone. */
    Story with(ShopService... others) {
        EnumSet<ShopService> all = EnumSet.noneOf(ShopService.class);
        all.addAll(Set.of(others));
        return new Story(name, text, liar, all, parts, isQuick, isKillable, script);
    }

    /** The same with mail besides. */
    Story andMail() {
        EnumSet<ShopService> more = EnumSet.copyOf(services);
        more.add(ShopService.MAIL);
        return new Story(name, text, liar, more, parts, isQuick, isKillable, script);
    }

    /** The same with these programs besides. */
    Story on(Parts.Part... more) {
        return new Story(name, text, liar, services, Set.of(more), isQuick, isKillable, script);
    }

    /** The same, with a script that {@code --kills} can be asked of. */
    Story killable() {
        return new Story(name, text, liar, services, parts, isQuick, true, script);
    }

    /** Tells whether {@code --fail} can choose where its order fails. */
    boolean canFail() {
        return services.containsAll(SHOP) && name.endsWith("shop");
    }
}
