package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.entente.client.Entente;
import dev.entente.rig.CreatedToken;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Databases;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verifies that a page continues at another coordinator behind the same address after its coordinator is killed. */
@Tag("deep")
@Tag("console")
final class ConsoleTakeoverIT {
    private static final String STATUS = "document.querySelector('#live [role=status]').textContent";

    @TempDir
    private Path folder;

    @Test
    void a_page_is_live_again_at_another_coordinator_without_a_new_sign_in() throws Exception {
        Path tokens = folder.resolve("tokens");
        String token = CreatedToken.create(tokens, "alice", "operator,submitter,viewer");
        Map<String, String> options = Map.of("auth.tokenFile", tokens.toString());
        try (Chromium chromium = Chromium.start();
                Playground playground = Playground.open()) {
            Shop shop = playground.startSmallShop();
            Customers.open(new Databases(playground.database()));
            RigCoordinator first = playground.startCoordinator("first", 0, 0, shop.targets(), options);
            RigCoordinator second = playground.startCoordinator("second", 0, 0, shop.targets(), options);
            try (SwitchedAddress address = new SwitchedAddress(first.ready().http());
                    Tab tab = chromium.open(ColorScheme.LIGHT, 1280, "en")) {
                Page page = tab.page();
                signIn(page, address, token);
                page.waitForFunction("() => !document.getElementById('live').hidden");
                park(second, token, "before");
                page.waitForFunction("() => document.querySelector('main').textContent.includes('Parked')");

                first.kill();
                long killed = System.nanoTime();
                address.forwardTo(second.ready().http());
                page.waitForFunction("() => " + STATUS + " === document.getElementById('live').dataset.back");
                System.out.printf("figures: live again after %d ms%n", (System.nanoTime() - killed) / 1_000_000);

                park(second, token, "after");
                page.waitForFunction("() => document.querySelector('.attention .number').textContent.trim() === '2'");
                page.reload();
                assertThat(page.textContent("h1")).contains("Overview");
            }
        }
    }

    private static void signIn(Page page, SwitchedAddress address, String token) {
        page.navigate(address.url(""));
        page.fill("input[name=token]", token);
        page.keyboard().press("Enter");
        page.waitForCondition(() -> page.textContent("h1").contains("Overview"));
    }

    private static void park(RigCoordinator coordinator, String token, String gid) {
        try (Entente entente =
                Entente.builder(coordinator.ready().grpc()).bearerToken(token).build()) {
            ConsoleSite.park(entente, gid);
        }
    }
}
