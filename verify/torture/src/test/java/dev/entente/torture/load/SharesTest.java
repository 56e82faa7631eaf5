package dev.entente.torture.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.torture.load.NestedTries.Shared;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import torture.v1.Joining;
import torture.v1.MoveRequest;
import torture.v1.Share;
import torture.v1.Share.Omission;

final class SharesTest {
    private static final int DRAWN = 300;
    private static final long CENTS = 500;

    private final List<Shared> drawn = new ArrayList<>();

    SharesTest() {
        NestedTries shares = new NestedTries("127.0.0.1:1", Map.of("east", "127.0.0.1:2"), new Random(7));
        MoveRequest request = MoveRequest.newBuilder().setCents(CENTS).build();
        for (int i = 0; i < DRAWN; i++) {
            drawn.add(shares.into("b", request));
        }
    }

    private static long cents(MoveRequest request) {
        return request.getCents()
                + request.getJoining().getSharesList().stream()
                        .mapToLong(share -> cents(share.getRequest()))
                        .sum();
    }

    private static List<String> named(String path, Joining joining) {
        List<String> named = new ArrayList<>();
        for (Share share : joining.getSharesList()) {
            if (share.getOmission() == Omission.NONE) {
                String child = path + "/" + share.getId();
                named.add(child);
                named.addAll(named(child, share.getRequest().getJoining()));
            }
        }
        return named;
    }

    @Test
    void the_moved_amount_is_unchanged_in_total() {
        assertThat(drawn).allSatisfy(one -> assertThat(cents(one.request())).isEqualTo(CENTS));
    }

    @Test
    void named_contains_exactly_the_branches_that_no_try_omits() {
        assertThat(drawn).allSatisfy(one -> {
            List<String> joining = one.joining().stream().map(DrawnShape::path).toList();
            assertThat(one.named())
                    .containsExactlyInAnyOrderElementsOf(
                            named("b", one.request().getJoining()));
            assertThat(joining).containsAll(one.named()).doesNotHaveDuplicates();
            assertThat(one.leavesOut()).isEqualTo(joining.size() > one.named().size());
        });
    }

    @Test
    void some_shares_are_nested_and_some_have_each_kind_of_omission() {
        assertThat(drawn).anyMatch(one -> one.joining().stream().anyMatch(SharesTest::isNested));
        for (Omission omission : List.of(Omission.NAME, Omission.REFUSAL)) {
            assertThat(drawn)
                    .anyMatch(one -> one.request().getJoining().getSharesList().stream()
                            .anyMatch(share -> share.getOmission() == omission));
        }
    }

    private static boolean isNested(TccBranch branch) {
        return branch.getParent().equals("b/share0/share0");
    }
}
