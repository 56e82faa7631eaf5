package dev.entente.lab.demo;

import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashWorkload;
import java.util.EnumSet;
import java.util.Set;

/** Something that happens to transactions, and what must be true of the databases afterwards. */
interface Scenario {
    /** The value of {@code --scenario} that plays it. */
    String name();

    /** Its story, for a reader who sees it for the first time. */
    String story();

    /** The participant whose lie this scenario must find out. */
    ShopService liar();

    /** The services that must run. */
    default Set<ShopService> services() {
        return EnumSet.of(
                ShopService.ORDER,
                ShopService.STOCK,
                ShopService.PAYMENT,
                ShopService.POINTS,
                ShopService.SHIPPING,
                ShopService.ACCOUNT);
    }

    /** Tells whether it plays where no scenario is named; long ones are only played by name. */
    default boolean isQuick() {
        return true;
    }

    /**
     * The same, failing at that step alone: {@code --fail}.
     *
     * @throws IllegalArgumentException where it cannot
     */
    default Scenario failingAt(String step) {
        throw new IllegalArgumentException(
                "scenario '" + name() + "' cannot be made to fail at '" + step + "'; --fail goes with --scenario shop");
    }

    /** Lets it happen once, and checks the databases. Blocks. */
    void run(Stage stage, Result result) throws Exception;

    /** The same, again and again, for {@code --kills}; its gids start with {@link #gids}. */
    CrashWorkload workload(Stage stage);

    /** How the gids of its load start: no scenario's are the beginning of another's. */
    default String gids() {
        return name() + ":";
    }
}
