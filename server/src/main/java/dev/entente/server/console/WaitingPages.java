package dev.entente.server.console;

import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Query;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListSubscriptionsRequest;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Pattern;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.Waiting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** The pages of work that waits for people: approvals and delivery queues. Blocks. */
record WaitingPages(ApiCalls api) {
    private ApiResult<ListTransactionsResponse> oldest(TransactionFilter.Builder filter, int size, String token) {
        ListTransactionsRequest request = ListTransactionsRequest.newBuilder()
                .setFilter(filter)
                .setOrder(ListTransactionsRequest.Order.SLOWEST)
                .setPageSize(size)
                .setPageToken(token)
                .build();
        return api.ask(TransactionServiceGrpc.getListTransactionsMethod(), request)
                .get();
    }

    private static String next(ApiResult<ListTransactionsResponse> listed, String name, String page) {
        ListTransactionsResponse response = listed.value();
        return response == null ? "" : Query.NONE.next(name, response.getNextPageToken(), page);
    }

    /** Requests all transactions concurrently. */
    private Map<String, ApiResult<Transaction>> each(List<String> gids, dev.entente.v1.View view) {
        Map<String, Supplier<ApiResult<Transaction>>> asked = new LinkedHashMap<>();
        for (String gid : gids) {
            GetTransactionRequest request =
                    GetTransactionRequest.newBuilder().setGid(gid).setView(view).build();
            asked.put(gid, api.askOfOne(TransactionServiceGrpc.getGetTransactionMethod(), request));
        }
        Map<String, ApiResult<Transaction>> found = new LinkedHashMap<>();
        asked.forEach((gid, answer) -> found.put(gid, answer.get()));
        return found;
    }

    /** Returns the page of the open approvals. */
    View approvals(Frame frame) {
        TransactionFilter.Builder asking = TransactionFilter.newBuilder().setOnlyAwaitingApproval(true);
        ApiResult<ListTransactionsResponse> listed =
                oldest(asking, ApprovalsPage.SIZE, frame.query().get("page"));
        ApiResult<List<ApprovalsPage.Question>> questions = listed.map(page -> {
            List<Transaction> rows = page.getTransactionsList();
            List<String> gids = rows.stream().map(Transaction::getGid).toList();
            Map<String, ApiResult<Transaction>> plans = each(gids, dev.entente.v1.View.OUTLINE);
            return rows.stream()
                    .flatMap(
                            row -> ApprovalsPage.questions(row, Objects.requireNonNull(plans.get(row.getGid())), frame))
                    .toList();
        });
        return View.of(frame, "approvals.jte", new ApprovalsPage(questions, next(listed, "page", "approvals")), listed);
    }

    /** Returns the page of topics: the subscriptions and the blocked delivery queues. */
    View topics(Frame frame) {
        String topic = frame.query().get("topic");
        ListSubscriptionsRequest request = ListSubscriptionsRequest.newBuilder()
                .setTopic(topic)
                .setPageToken(frame.query().get("page"))
                .build();
        Supplier<ApiResult<ListSubscriptionsResponse>> listed = frame.visitor().isAdministrator()
                ? api.ask(TopicServiceGrpc.getListSubscriptionsMethod(), request)
                : () -> ApiResult.failed("");
        BlockedQueues queues = queues(frame);
        ApiResult<?> asked = queues.queues().isMalformed() ? queues.queues() : listed.get();
        return View.of(frame, "topics.jte", new TopicsPage(topic, listed.get(), queues), asked);
    }

    private BlockedQueues queues(Frame frame) {
        // A message that is parked for one receiver may be blocked in the queue of another receiver.
        TransactionFilter.Builder waiting = TransactionFilter.newBuilder()
                .addPatterns(Pattern.MESSAGE)
                .addWaiting(Waiting.Kind.BLOCKED)
                .addWaiting(Waiting.Kind.PARKED);
        ApiResult<ListTransactionsResponse> messages =
                oldest(waiting, BlockedQueues.SIZE, frame.query().get("queues"));
        String next = next(messages, "queues", "topics");
        List<String> notes = new ArrayList<>();
        ApiResult<List<BlockedQueues.Queue>> queues = messages.map(page -> {
            List<BlockedQueues.Queue> found =
                    BlockedQueues.of(page.getTransactionsList(), gids -> each(gids, dev.entente.v1.View.BASIC), frame);
            if (!next.isEmpty()) {
                notes.add(frame.t("list.looked-at", page.getExamined()));
            }
            if (found.size() == BlockedQueues.MAX) {
                notes.add(frame.t("topics.most", BlockedQueues.MAX));
            }
            return found;
        });
        return new BlockedQueues(queues, List.copyOf(notes), next);
    }
}
