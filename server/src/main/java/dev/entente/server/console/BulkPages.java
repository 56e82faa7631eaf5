package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.PagePaths;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc;
import java.util.List;
import java.util.function.Supplier;

/** Operations on all transactions that match a filter: previews and progress. Blocks. */
record BulkPages(ApiCalls api, BulkRuns runs) {
    /** The number of matches may change by this fraction of the confirmed number before the start: one tenth. */
    private static final int TOLERANCE = 10;

    View page(Frame frame) {
        return page(frame, ApiResult.of(""));
    }

    /** @param tried the result of the submitted form; has no error if no form was submitted */
    private View page(Frame frame, ApiResult<?> tried) {
        TransactionQuery asked = TransactionQuery.checked(frame.query());
        if (!frame.mayOperate()) {
            return View.message(frame, 403, "no-acts", "");
        }
        if (!asked.isExact()) {
            return View.message(frame, 400, "no-filter", VisibleText.of(String.join(", ", asked.unknown())));
        }
        Supplier<ApiResult<CountTransactionsResponse>> counted = asked.examinesRows()
                ? () -> ApiResult.failed("")
                : api.ask(
                        TransactionServiceGrpc.getCountTransactionsMethod(),
                        CountTransactionsRequest.newBuilder()
                                .setFilter(asked.filter(frame.now()).toBuilder().setOnlyOpen(true))
                                .setLimit(TransactionsPage.MAX_COUNTED)
                                .build());
        BulkPage.Run run = runs.find(asked.get("run"));
        ApiResult<List<OperateMatchingResponse>> matching = matching(frame, asked);
        BulkPage page = new BulkPage(
                asked,
                matching,
                counted.get(),
                tried.error(),
                run,
                run == null ? List.of() : runs.stored().results(run.id()),
                (int) Math.min(HistoryPage.number(frame.query().get("row"), 0), BulkPage.MAX),
                runs.all().stream()
                        .filter(one -> run == null || !one.id().equals(run.id()))
                        .limit(BulkPage.MAX_LATELY)
                        .toList(),
                frame.texts());
        return tried.isFailed()
                ? new View(frame, tried.status(), "bulk.jte", page)
                : View.of(frame, "bulk.jte", page, matching);
    }

    /** Returns the first matches, each with the number of all matches. */
    private ApiResult<List<OperateMatchingResponse>> matching(Frame frame, TransactionQuery asked) {
        OperateMatchingRequest request = request(frame, asked)
                .setLimit(BulkPage.MAX)
                .setValidateOnly(true)
                .build();
        return api.first(BulkPage.MAX_NAMED, OperatorServiceGrpc.getOperateMatchingMethod(), request);
    }

    private static OperateMatchingRequest.Builder request(Frame frame, TransactionQuery asked) {
        return OperateMatchingRequest.newBuilder()
                .setFilter(asked.filter(frame.now()))
                .setOperation(asked.get("operation"))
                .setReason(asked.get("why"));
    }

    /** Begins or stops the run of a form. Leads to the run's page, or shows the form again with the error. */
    View posted(Frame frame) {
        TransactionQuery asked = TransactionQuery.checked(frame.query());
        BulkPage.Run stopped = runs.find(asked.get("stop"));
        boolean isOver = stopped == null && !asked.get("stop").isEmpty();
        if (!frame.mayOperate() || !asked.isExact() || isOver) {
            return page(frame);
        } else if (stopped != null) {
            runs.stored().stop(stopped.id());
            return View.to(frame, stopped.href());
        } else if (asked.get("why").isEmpty() && OperationForm.needsReason(asked.get("operation"))) {
            return page(frame, ApiResult.failed(400, frame.t("operation.no-reason")));
        }
        ApiResult<List<OperateMatchingResponse>> matching = matching(frame, asked);
        long confirmed = HistoryPage.number(asked.get("number"), 0);
        long now = BulkPage.number(matching);
        if (matching.isFailed()) {
            return page(frame, matching);
        } else if (Math.abs(now - confirmed) > confirmed / TOLERANCE || confirmed == 0) {
            int status = asked.get("number").isEmpty() ? 400 : 409;
            return page(frame, ApiResult.failed(status, frame.t("bulk.moved", confirmed, now)));
        }
        BulkRun run = runs.begin(
                asked.choice().with("operation", asked.get("operation")),
                id -> api.call(OperatorServiceGrpc.getOperateMatchingMethod(), id),
                request(frame, asked)
                        .setLimit((int) Math.min(BulkPage.MAX, confirmed))
                        .build());
        if (run == null) {
            return page(frame, ApiResult.failed(frame.t("bulk.busy")));
        }
        run.await();
        return View.to(frame, run.query().link(PagePaths.OPERATION_ON_MANY));
    }
}
