package dev.entente.server.console;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.MessageJson;
import dev.entente.server.console.drawing.PlanShape;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Query;
import dev.entente.server.http.WebResponse;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Payload;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ReadPayloadRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.Waiting;
import io.grpc.MethodDescriptor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The pages of one transaction: its history, its payloads and its operations. Blocks. */
record TransactionPages(ApiCalls api) {
    private static final MethodDescriptor<GetTransactionRequest, Transaction> GET =
            TransactionServiceGrpc.getGetTransactionMethod();

    private static GetTransactionRequest get(Frame frame, dev.entente.v1.View view) {
        return GetTransactionRequest.newBuilder()
                .setGid(frame.query().get("gid"))
                .setView(view)
                .build();
    }

    private ApiResult<Transaction> transaction(Frame frame) {
        return api.askOfOne(GET, get(frame, dev.entente.v1.View.OUTLINE)).get();
    }

    /** Returns a number that changes with the transaction. Sends one small request. */
    int fingerprint(Frame frame) {
        return api.askShared(GET, get(frame, dev.entente.v1.View.BASIC))
                .get()
                .map(TransactionPages::timeless)
                .hashCode();
    }

    /** Removes the values that change with the clock only. The page renews its ages each minute. */
    static Transaction timeless(Transaction shown) {
        Transaction.Builder reported = shown.toBuilder();
        reported.getWaitingBuilder().clearSentence();
        return reported.build();
    }

    private static View failed(Frame frame, ApiResult<?> found) {
        String message = found.isMalformed() ? "fields" : found.status() == 404 ? "no-transaction" : "failed";
        return View.message(frame, found.status(), message, found.error());
    }

    View story(Frame frame) {
        ApiResult<Transaction> found = transaction(frame);
        Transaction transaction = found.value();
        if (transaction == null) {
            return failed(frame, found);
        }
        AwaitedParticipant awaited = AwaitedParticipant.of(transaction, frame, api);
        List<OfferedOperation> acts = frame.mayOperate() ? offers(frame, transaction) : List.of();
        return View.of(frame, "transaction.jte", TransactionDetails.of(transaction, frame, acts, awaited));
    }

    /** Returns a transaction as a JSON file without payloads; null if there is an error, which the page shows. */
    @Nullable
    WebResponse json(Frame frame) {
        Transaction transaction = transaction(frame).value();
        if (transaction == null) {
            return null;
        }
        String name = transaction.getGid().replaceAll("[^A-Za-z0-9._-]", "_") + ".json";
        Map<String, String> saved = Map.of("Content-Disposition", "attachment; filename=\"" + name + "\"");
        return WebResponse.of(200, "application/json", saved, MessageJson.text(transaction));
    }

    /** Returns the form for a new transaction with the plan of an earlier one, which is read with its payloads. */
    View again(Frame frame) {
        ApiResult<Transaction> found =
                api.askOfOne(GET, get(frame, dev.entente.v1.View.FULL)).get();
        Transaction earlier = found.value();
        return earlier == null ? failed(frame, found) : View.of(frame, "new.jte", NewPage.again(earlier, frame));
    }

    /** Requests the preview of each operation without missing values, concurrently. A silent owner has no preview. */
    private List<OfferedOperation> offers(Frame frame, Transaction transaction) {
        Waiting waiting = transaction.getWaiting();
        boolean isSilent = waiting.getAsLastWritten() || waiting.getKind() == Waiting.Kind.DEAD_OWNER;
        Map<OperationForm, Supplier<String>> refusals = new LinkedHashMap<>();
        for (OperationForm form : OfferedOperation.forms(transaction)) {
            refusals.put(form, isSilent ? () -> "" : refusal(frame, transaction, form));
        }
        return refusals.entrySet().stream()
                .map(one -> new OfferedOperation(one.getKey(), one.getValue().get()))
                .toList();
    }

    private Supplier<String> refusal(Frame frame, Transaction transaction, OperationForm form) {
        PreviewActRequest request = form.preview(ByteString.EMPTY);
        if (form.act().equals("resolve") && Resolvable.branches(transaction).isEmpty()) {
            return () -> frame.t("resolve.none");
        } else if (request == null) {
            return () -> "";
        }
        Supplier<ApiResult<OperationPreview>> asked = api.askOfOne(OperatorServiceGrpc.getPreviewActMethod(), request);
        return () -> {
            OperationPreview preview = asked.get().value();
            return preview == null
                    ? ""
                    : preview.getUnchanged()
                            ? frame.t("operation.idle")
                            : preview.getRefused().getMessage();
        };
    }

    // ---- payloads

    View payload(Frame frame) {
        return payload(frame, read(frame));
    }

    /** Returns the payload's page without the payload: a person asks for the payload there. */
    View unread(Frame frame) {
        return payload(frame, null);
    }

    /** @param read null if the payload was not read */
    private View payload(Frame frame, @Nullable ApiResult<Payload> read) {
        ApiResult<Transaction> of = transaction(frame);
        Transaction transaction = of.value();
        if (transaction == null || (read != null && read.isFailed())) {
            return failed(frame, read != null && read.isFailed() ? read : of);
        }
        List<String> operations =
                PlanShape.operations(transaction, frame.query().get("branch"));
        Payload payload = read == null ? null : read.value();
        return View.of(frame, "payload.jte", PayloadPage.of(frame.query(), operations, payload, frame.texts()));
    }

    private ApiResult<Payload> read(Frame frame) {
        Query query = frame.query();
        ReadPayloadRequest request = ReadPayloadRequest.newBuilder()
                .setGid(query.get("gid"))
                .setBranch(query.get("branch"))
                .setOp(query.get("op"))
                .setResponse(query.get("which").equals("response"))
                .build();
        return api.askOfOne(OperatorServiceGrpc.getReadPayloadMethod(), request).get();
    }

    /** Returns a payload as a file; null if the payload is not available, and its page then shows the reason. */
    @Nullable
    WebResponse file(Frame frame) {
        Payload payload = read(frame).value();
        if (payload == null) {
            return null;
        }
        boolean isJson = !payload.getJson().isEmpty();
        Map<String, String> saved =
                Map.of("Content-Disposition", "attachment; filename=\"payload." + (isJson ? "json" : "bin") + "\"");
        return isJson
                ? WebResponse.of(200, "application/json", saved, payload.getJson())
                : new WebResponse(
                        200, "application/octet-stream", saved, payload.getRaw().toByteArray());
    }

    // ---- operations

    /** Returns the page of an operation before its form is submitted. */
    View act(Frame frame) {
        return act(frame, ApiResult.of(""));
    }

    /** @param tried the result of the submitted form; has no error if no form was submitted */
    private View act(Frame frame, ApiResult<?> tried) {
        OperationForm asked = new OperationForm(frame.query());
        if (!frame.mayOperate()) {
            return View.message(frame, 403, "no-acts", "");
        }
        ApiResult<Transaction> found = transaction(frame);
        if (found.isFailed() && !tried.isOpen()) {
            return failed(frame, found);
        }
        Transaction transaction = found.value() == null ? Transaction.getDefaultInstance() : found.value();
        List<String> branches =
                transaction.getBranchesList().stream().map(BranchStatus::getId).toList();
        if (!found.isFailed() && !asked.branch().isEmpty() && !branches.contains(asked.branch())) {
            String misfit = "branch=" + asked.branch() + " (" + String.join(", ", branches) + ")";
            return View.message(frame, 400, "fields", VisibleText.of(misfit));
        }
        OperationForm form = Resolvable.completed(asked, transaction);
        PreviewActRequest request = form.at(0, 0).preview(ByteString.EMPTY);
        ApiResult<OperationPreview> preview = request == null
                ? ApiResult.failed("")
                : api.askOfOne(OperatorServiceGrpc.getPreviewActMethod(), request)
                        .get();
        ApiResult<?> wrong =
                tried.error().isEmpty() ? ApiResult.failed(preview.isMalformed() ? 400 : 200, preview.error()) : tried;
        OperationPage page = new OperationPage(form, transaction, preview.value(), wrong, frame.texts());
        return new View(frame, wrong.status(), "operation.jte", page);
    }

    /** Executes an operation. Leads to the transaction with the operation in its history, or shows the form's error. */
    View acted(Frame frame) {
        OperationForm form = new OperationForm(frame.query());
        if (!frame.mayOperate()) {
            return act(frame);
        }
        Message request = form.request(ByteString.EMPTY);
        boolean lacksReason =
                OperationForm.needsReason(form.act()) && form.get("reason").isEmpty();
        if (request == null || lacksReason || !form.isBound()) {
            String lacking =
                    lacksReason ? "operation.no-reason" : form.isBound() ? "operation.unsaid" : "operation.unbound";
            return act(frame, ApiResult.failed(400, frame.t(lacking)));
        }
        ApiResult<Transaction> answer = api.carryOut(form.method(), request);
        Transaction now = answer.value();
        if (now == null) {
            return act(frame, answer);
        }
        return now.getUnchanged() && now.getGid().equals(form.gid())
                ? act(frame, ApiResult.failed(200, frame.t("operation.idle")))
                : View.to(frame, TransactionRow.href(now.getGid()));
    }
}
