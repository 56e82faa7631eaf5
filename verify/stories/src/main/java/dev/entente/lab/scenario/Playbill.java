package dev.entente.lab.scenario;

import dev.entente.demo.ShopService;
import java.util.EnumSet;
import java.util.Set;

/**
 * The name of a scenario, its story, and its needs.
 *
 * @param name the value of {@code --scenario} that plays it
 * @param story for a reader who sees it for the first time
 * @param liar the participant whose lie it must find out
 * @param services those that must run
 * @param isQuick whether it plays where no scenario is named; long ones are only played by name
 */
public record Playbill(String name, String story, ShopService liar, Set<ShopService> services, boolean isQuick) {
    /** The six services of the shop. */
    private static final Set<ShopService> SHOP = Set.of(
            ShopService.ORDER,
            ShopService.STOCK,
            ShopService.PAYMENT,
            ShopService.POINTS,
            ShopService.SHIPPING,
            ShopService.ACCOUNT);

    /** A short one in the shop. */
    public static Playbill quick(String name, ShopService liar, String story) {
        return new Playbill(name, story, liar, SHOP, true);
    }

    /** One in the shop that takes longer: more starts of processes, or more work. */
    public static Playbill named(String name, ShopService liar, String story) {
        return new Playbill(name, story, liar, SHOP, false);
    }

    /** The same with these services alone. */
    public Playbill with(Set<ShopService> others) {
        return new Playbill(name, story, liar, others, isQuick);
    }

    /** The same with mail besides. */
    public Playbill andMail() {
        EnumSet<ShopService> more = EnumSet.copyOf(services);
        more.add(ShopService.MAIL);
        return with(more);
    }
}
