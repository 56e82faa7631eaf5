package dev.entente.lab.demo;

import dev.entente.demo.ShopService;

/** Something that happens to transactions, and what must be true of the databases afterwards. */
interface Scenario {
    /** What {@code --scenario} calls it. */
    String name();

    /** What happens, for a reader who sees it for the first time. */
    String story();

    /** The participant whose lie this scenario must find out. */
    ShopService liar();

    /** Lets it happen and checks the databases. Blocks. */
    void run(Stage stage, Result result) throws Exception;
}
