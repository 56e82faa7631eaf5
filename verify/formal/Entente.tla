------------------------------ MODULE Entente ------------------------------
(***************************************************************************)
(* One global transaction, from its acceptance to its final state.         *)
(*                                                                         *)
(* Coordinators ("incarnations") share one row in a database. One of them  *)
(* owns the row, keeps its progress in memory, and calls participants over *)
(* a network that delays, loses and repeats messages. The owner writes to  *)
(* the row before certain calls leave, and otherwise at any time. At any   *)
(* moment a coordinator may be killed, or may stall until another          *)
(* coordinator takes its row. A stalled coordinator continues later        *)
(* without knowing what it missed (a zombie). Its calls may arrive at any  *)
(* later time.                                                             *)
(*                                                                         *)
(* The model shows, for every order of these events: the laws of           *)
(* ../../docs/laws.md hold. At the end all branches have taken effect, or  *)
(* none has. Every accepted transaction finishes or is parked.             *)
(*                                                                         *)
(* Reading order: "The state" (the row and the memory), "The owner" from   *)
(* Call to Rest, "The laws". Broken("name") guards each rule that a mutant *)
(* can break: with Mutant = "name" TLC shows a run that violates a law.    *)
(* README.md maps the actions to the code.                                 *)
(*                                                                         *)
(* The model has no time: a timeout, a deadline or a wait may end at any   *)
(* moment. The results therefore hold for every setting.                   *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Pattern,       \* "saga": actions in sequence, and compensations. "tcc": concurrent tries, then confirms or cancels
    Size,          \* the number of branches: 1 .. Size; in a saga, their order
    Pivot,         \* the pivot of a saga, or 0
    Readers,       \* the steps whose request contains fields of the previous step's response
    Refusers,      \* the branches whose participant may reject
    Settlers,      \* the branches whose participant stores its verdicts (the SDK's barrier); other participants forget a
                   \* rejection
    Attempts,      \* the limit of attempts of one operation without a response
    Faults,        \* the maximum number of crashes, stalls and failovers
    Naps,          \* how often a transaction may rest in its row
    Acts,          \* the maximum number of operator actions
    Failovers,     \* whether the database may fail over to a standby
    Mutant         \* the broken rule, or "none"

Broken(rule) == Mutant = rule

Branch == 1 .. Size
Incarnation == {1, 2}
Nobody == 0

---------------------------------------------------------------------------
(* The state *)

VARIABLES
    row,        \* the transaction's row in the database: the durable state
    life,       \* of each incarnation: whether its process runs, whether it considers its lease valid, whether it was declared
                \* dead
    mem,        \* of each incarnation: the transaction in its memory, or Nothing
    asked,      \* of each incarnation: whether a client's submit is in progress there
    calls,      \* every call that ever left; each may arrive at any time, any number of times
    part,       \* of each branch: the effects at its participant
    told,       \* the results reported to the client
    left        \* the remaining faults, naps and operator actions

vars == <<row, life, mem, asked, calls, part, told, left>>

Nothing == [kind |-> "nothing"]

(* The progress of a transaction: the content of the owner's memory and of the row. As in transaction/Progress.

   branch   PENDING, CALLED (a call may have left), DONE, REJECTED (a trusted rejection), FAILED (any other refusal, or no response
            within the attempts), CONFIRMED, UNDONE, SKIPPED
   tries    attempts of the current operation without a response
   sent     forward calls that may have left: 0, 1, or 2 for more or an unknown number
   pivot    whether the pivot's call may have left
   stuck    branches that only an operator can continue *)
Untouched == [state  |-> "RUNNING",
              branch |-> [b \in Branch |-> "PENDING"],
              tries  |-> [b \in Branch |-> 0],
              sent   |-> [b \in Branch |-> 0],
              pivot  |-> Pivot = 1,      \* the pivot is the first step: the accepting write permits its call
              stuck  |-> {}]

Ends == {"SUCCEEDED", "ABORTED"}

Init ==
    /\ row = [kind |-> "none", p |-> Untouched, owner |-> Nobody, rev |-> 0, due |-> FALSE, parked |-> "no", exact |-> FALSE,
              usurped |-> FALSE]
    /\ life = [i \in Incarnation |-> [runs |-> TRUE, lease |-> TRUE, dead |-> FALSE]]
    /\ mem = [i \in Incarnation |-> Nothing]
    /\ asked = [i \in Incarnation |-> FALSE]
    /\ calls = {}
    /\ part = [b \in Branch |-> [fwd |-> "new", completed |-> FALSE, noes |-> {}]]
    /\ told = {}
    /\ left = [faults |-> Faults, naps |-> Naps, acts |-> Acts]

IsEnded == row.kind = "finished"
IsOpen == row.kind = "open"

---------------------------------------------------------------------------
(* Plans *)

IsSaga == Pattern = "saga"
Earlier(b) == IF IsSaga THEN {a \in Branch : a < b} ELSE {}
Later(b) == IF IsSaga THEN {a \in Branch : a > b} ELSE {}
HasCompletion == ~IsSaga
CanBeUndone(b) == Pivot = 0 \/ b < Pivot
IsAfterPivot(b) == Pivot > 0 /\ b > Pivot

(* Whether the branch still needs an undo or a completion. (Settling.needs) *)
NeedsUndo(p, b) == CanBeUndone(b) /\ p.branch[b] \in {"CALLED", "DONE", "FAILED"}
NeedsCompletion(p, b) == p.branch[b] = "DONE"

---------------------------------------------------------------------------
(* Memory *)

Idle == [b \in Branch |-> Nothing]

(* rev: the row's rev when the incarnation took the row. awaits: of each branch, the call in flight. *)
Held(p, rev) == [kind |-> "held", p |-> p, rev |-> rev, awaits |-> Idle]

Holds(i) == mem[i].kind = "held"
Works(i) == life[i].runs /\ Holds(i)
IsAwaiting(i) == \E b \in Branch : mem[i].awaits[b] # Nothing

Becomes(i, p) == mem' = [mem EXCEPT ![i].p = p]

---------------------------------------------------------------------------
(* Accepting *)

(* The client submits its plan. Without a response it submits again, to the other incarnation. Incarnation 1 is *)
(* always the first: the choice makes no difference.                                                            *)
Submit(i) ==
    /\ life[i].runs /\ life[i].lease /\ ~asked[i]
    /\ "accepted" \notin told /\ (i = 1 \/ ~life[1].lease)
    /\ asked' = [asked EXCEPT ![i] = TRUE]
    /\ told' = IF Broken("L1") THEN told \cup {"accepted"} ELSE told
    /\ mem' = IF Broken("call-before-accept") THEN [mem EXCEPT ![i] = Held(Untouched, 1)] ELSE mem
    /\ UNCHANGED <<row, life, calls, part, left>>

(* `insert … on conflict do nothing`: an equal gid is the same transaction. An incarnation that was declared dead *)
(* accepts nothing. If the process has died meanwhile, the row may be written nevertheless.                       *)
Accept(i) ==
    LET isNew == row.kind = "none" /\ ~life[i].dead
    IN  /\ asked[i]
        /\ asked' = [asked EXCEPT ![i] = FALSE]
        /\ row' = IF isNew THEN [row EXCEPT !.kind = "open", !.owner = i, !.rev = 1] ELSE row
        /\ IF life[i].runs /\ (isNew \/ row.kind # "none")
           THEN /\ told' = told \cup {"accepted"}
                /\ mem' = IF isNew /\ ~Holds(i) THEN [mem EXCEPT ![i] = Held(row.p, 1)] ELSE mem
           ELSE UNCHANGED <<mem, told>>
        /\ UNCHANGED <<life, calls, part, left>>

(* The connection breaks after the commit. The engine waits until it has read the row, so the model treats this as a *)
(* slow Accept. The mutant reports a failure to the client, and does not take the row that it wrote.                 *)
TakeDoubtForFailure(i) ==
    /\ Broken("doubt-taken-as-failed")
    /\ asked[i] /\ life[i].runs /\ ~life[i].dead /\ row.kind = "none"
    /\ asked' = [asked EXCEPT ![i] = FALSE]
    /\ row' = [row EXCEPT !.kind = "open", !.owner = i, !.rev = 1]
    /\ told' = told \cup {"refused"}
    /\ UNCHANGED <<life, mem, calls, part, left>>

---------------------------------------------------------------------------
(* Writing. A write is one step of the model: it takes effect at one moment between its composition and its response. *)
(* The owner's steps in between could as well be before or after the write. A superseded owner's write is refused,    *)
(* and the owner drops its memory.                                                                                    *)
(*                                                                                                                    *)
(* The model raises rev only when the owner changes. The engine raises rev with every write, so that two writes of *)
(* one owner cannot overtake each other.                                                                           *)

(* The guard: `where gid = … and owner = me and rev = :expected`. *)
IsFenced(i) == IsOpen /\ row.owner = i /\ row.rev = mem[i].rev

(* The durable progress that is reported to the client: the decision, or the final state. *)
News(p) == IF p.state = "RUNNING" THEN {} ELSE {p.state}

Write(i, written, isKept) ==
    IF IsFenced(i) \/ Broken("skip-fence")
    THEN /\ row' = [written EXCEPT !.usurped = ~IsFenced(i)]
         /\ mem' = IF isKept THEN mem ELSE [mem EXCEPT ![i] = Nothing]
         /\ told' = told \cup News(written.p)
    ELSE /\ mem' = [mem EXCEPT ![i] = Nothing]
         /\ UNCHANGED <<row, told>>

(* The durable progress that the owner knows. While its lease is valid, no other incarnation writes to the row. *)
Saved(i) == row.p

---------------------------------------------------------------------------
(* The owner. It processes one event at a time; each action below is a part of decision/Decider. *)

(* A call leaves. The lease is checked at that moment, not at the decision to call. The attempt number matters only *)
(* to a participant that may reject and forget the rejection; other participants treat all attempts alike.          *)
Leave(i, b, op, p) ==
    LET before == {c \in calls : c.branch = b /\ c.op = op /\ c.by = i}
        isDistinct == op = "forward" /\ b \in Refusers /\ (b \notin Settlers \/ Broken("barrier-without-verdicts"))
        call == [kind |-> "call", branch |-> b, op |-> op, tooLate |-> life[i].dead \/ ~life[i].lease,
                 by |-> IF isDistinct THEN i ELSE Nobody,
                 no |-> IF isDistinct THEN Cardinality(before) ELSE 0]
    IN  /\ life[i].lease \/ Broken("L4")
        /\ mem[i].awaits[b] = Nothing
        /\ b \notin p.stuck
        /\ calls' = calls \cup {call}
        /\ mem' = [mem EXCEPT ![i].p = p, ![i].awaits[b] = call]
        /\ UNCHANGED <<row, life, asked, part, told, left>>

(* Forward: after the previous steps are done. The pivot's call waits until its record is durable. A call that reads *)
(* a response waits until that response is durable. Without these records in the row, the branch was certainly not   *)
(* called.                                                                                                           *)
CallForward(i, b) ==
    LET p == mem[i].p
        saved == Saved(i)
    IN  /\ Works(i) /\ p.state = "RUNNING"
        /\ p.branch[b] \in {"PENDING", "CALLED"}
        /\ \A a \in Earlier(b) : p.branch[a] = "DONE"
        /\ ~\E a \in Branch : p.branch[a] \in {"REJECTED", "FAILED"}       \* otherwise: switch to undo
        /\ b = Pivot => p.pivot /\ (saved.pivot \/ Broken("no-write-ahead-of-pivot"))
        /\ b \in Readers => saved.branch[b - 1] = "DONE" \/ Broken("bound-response-not-durable") \/ Broken("L3")
        /\ Leave(i, b, "forward",
                 [p EXCEPT !.branch[b] = "CALLED", !.sent[b] = IF @ = 2 THEN 2 ELSE @ + 1])

(* After this, only a trusted rejection of the pivot's own call switches the transaction to undo. *)
RecordPivot(i) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "RUNNING" /\ Pivot > 0 /\ ~p.pivot
        /\ \A a \in Earlier(Pivot) : p.branch[a] = "DONE"
        /\ Becomes(i, [p EXCEPT !.pivot = TRUE])
        /\ UNCHANGED <<row, life, asked, calls, part, told, left>>

(* Completion and undo: after the decision, and the outcomes on which it is based, are durable. Undo runs in reverse *)
(* order.                                                                                                            *)
CallCompletion(i, b) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "COMPLETING" /\ NeedsCompletion(p, b)
        /\ Saved(i).state = "COMPLETING" \/ Broken("L2")
        /\ Leave(i, b, "completion", p)

CallUndo(i, b) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "UNDOING" /\ NeedsUndo(p, b)
        /\ \A a \in Later(b) : ~NeedsUndo(p, a)
        /\ Saved(i).state = "UNDOING" \/ Broken("undo-before-decision-durable")
        /\ Leave(i, b, "undo", p)

(* The meaning of a response. A forward rejection is trusted if its call is the only one that can ever have left, or *)
(* if the participant has stored the rejection. After any other rejection, another call may succeed.                 *)
Trusts(p, b, says) == says = "settled" \/ (says = "rejected" /\ (p.sent[b] = 1 \/ Broken("trust-any-rejected")))

(* One more attempt without a usable response. At the limit: switch to undo, or wait for an operator. *)
Unanswered(p, b, mayTurn) ==
    LET counted == [p EXCEPT !.tries[b] = @ + 1]
    IN  IF counted.tries[b] < Attempts THEN counted
        ELSE IF mayTurn THEN [p EXCEPT !.branch[b] = "FAILED"]
        ELSE [counted EXCEPT !.stuck = @ \cup {b}]

AfterForward(p, b, says) ==
    CASE says = "done" -> [p EXCEPT !.branch[b] = "DONE", !.tries[b] = 0]
      [] says = "unknown" -> Unanswered(p, b, ~(b = Pivot \/ IsAfterPivot(b)))
      [] IsAfterPivot(b) -> [p EXCEPT !.stuck = @ \cup {b}]
      [] Trusts(p, b, says) -> [p EXCEPT !.branch[b] = "REJECTED"]
      [] b = Pivot -> Unanswered(p, b, FALSE)
      [] OTHER -> [p EXCEPT !.branch[b] = "FAILED"]

AfterSettling(p, b, says, result) ==
    CASE says = "done" -> [p EXCEPT !.branch[b] = result, !.tries[b] = 0]
      [] says = "unknown" -> Unanswered(p, b, FALSE)
      [] OTHER -> [p EXCEPT !.stuck = @ \cup {b}]

Learn(i, b, says) ==
    LET p == mem[i].p
        op == mem[i].awaits[b].op
        after == CASE op = "forward" -> AfterForward(p, b, says)
                   [] op = "completion" -> AfterSettling(p, b, says, "CONFIRMED")
                   [] op = "undo" -> AfterSettling(p, b, says, "UNDONE")
    IN  mem' = [mem EXCEPT ![i].p = after, ![i].awaits[b] = Nothing]

(* The call or its response is lost or late. The call itself may still arrive. *)
TimeOut(i, b) ==
    /\ Works(i) /\ mem[i].awaits[b] # Nothing
    /\ Learn(i, b, "unknown")
    /\ UNCHANGED <<row, life, asked, calls, part, told, left>>

(* The decision to undo: once, without a call of its own in flight. Branches that were never called are skipped. *)
Turned(p) == [p EXCEPT !.state = "UNDOING",
                       !.branch = [b \in Branch |-> IF p.branch[b] = "PENDING" THEN "SKIPPED" ELSE p.branch[b]],
                       !.tries = [b \in Branch |-> 0],
                       !.sent = [b \in Branch |-> 0],      \* no longer used
                       !.stuck = {}]

IsAllDone(p) == \A b \in Branch : p.branch[b] = "DONE"
IsRefused(p) == \E b \in Branch : p.branch[b] \in {"REJECTED", "FAILED"}

(* A refusal switches the transaction to undo; before the pivot, a deadline or an abort does so too. *)
Turn(i) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "RUNNING" /\ ~IsAwaiting(i)
        /\ IsRefused(p) \/ ~p.pivot
        /\ Becomes(i, Turned(p))
        /\ UNCHANGED <<row, life, asked, calls, part, told, left>>

(* All branches are done. A saga succeeds; a TCC transaction is decided and then confirmed. *)
Complete(i) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "RUNNING" /\ IsAllDone(p)
        /\ Becomes(i, [p EXCEPT !.state = IF HasCompletion THEN "COMPLETING" ELSE "SUCCEEDED"])
        /\ told' = IF Broken("L5") /\ ~HasCompletion THEN told \cup {"SUCCEEDED"} ELSE told
        /\ UNCHANGED <<row, life, asked, calls, part, left>>

(* No branch requires a completion or an undo. *)
End(i) ==
    LET p == mem[i].p
    IN  /\ Works(i)
        /\ \/ /\ p.state = "COMPLETING" /\ \A b \in Branch : ~NeedsCompletion(p, b)
              /\ Becomes(i, [p EXCEPT !.state = "SUCCEEDED"])
           \/ /\ p.state = "UNDOING" /\ \A b \in Branch : ~NeedsUndo(p, b)
              /\ Becomes(i, [p EXCEPT !.state = "ABORTED"])
        /\ UNCHANGED <<row, life, asked, calls, part, told, left>>

(* Progress is written later: at any time, or because a call waits for it. One write contains all new progress. *)
Flush(i) ==
    /\ Works(i) /\ mem[i].p # row.p /\ mem[i].p.state \notin Ends
    /\ Write(i, [row EXCEPT !.p = mem[i].p], TRUE)
    /\ UNCHANGED <<life, asked, calls, part, left>>

Finish(i) ==
    /\ Works(i) /\ mem[i].p.state \in Ends
    /\ Write(i, [row EXCEPT !.p = mem[i].p, !.kind = "finished", !.owner = Nobody], FALSE)
    /\ UNCHANGED <<life, asked, calls, part, left>>

(* No call is possible now, or not soon. The owner releases the row without a call in flight, so the row contains *)
(* every call that was ever made. The row is due at some time, or waits for an operator.                          *)
IsFree(p) == p.state \in {"RUNNING", "COMPLETING", "UNDOING"} /\ ~(p.state = "RUNNING" /\ (IsAllDone(p) \/ IsRefused(p)))
CouldGoOn(p) ==
    \/ p.state = "RUNNING" /\ \E b \in Branch \ p.stuck : /\ p.branch[b] \in {"PENDING", "CALLED"}
                                                           /\ \A a \in Earlier(b) : p.branch[a] = "DONE"
    \/ p.state = "COMPLETING" /\ \E b \in Branch \ p.stuck : NeedsCompletion(p, b)
    \/ p.state = "UNDOING" /\ \E b \in Branch \ p.stuck : NeedsUndo(p, b) /\ \A a \in Later(b) : ~NeedsUndo(p, a)

Rest(i, due, parked) ==
    /\ Works(i) /\ ~IsAwaiting(i) /\ IsFree(mem[i].p)
    /\ Write(i, [row EXCEPT !.p = mem[i].p, !.owner = Nobody, !.rev = @ + 1, !.due = due, !.parked = parked, !.exact = TRUE], FALSE)

Park(i) ==
    /\ Rest(i, FALSE, "stuck")
    /\ mem[i].p.stuck # {} /\ ~CouldGoOn(mem[i].p)
    /\ UNCHANGED <<life, asked, calls, part, left>>

Sleep(i) ==
    /\ left.naps > 0
    /\ Rest(i, ~Broken("L6"), "no")
    /\ CouldGoOn(mem[i].p)
    /\ left' = [left EXCEPT !.naps = @ - 1]
    /\ UNCHANGED <<life, asked, calls, part>>

---------------------------------------------------------------------------
(* Taking over *)

(* The branches that a dead owner may have called: every branch without a recorded outcome. Excluded are branches *)
(* that require a durable record which is missing, and the branches after them. (Suspicion.of)                    *)
IsCertainlyUncalled(p, b) ==
    \E a \in Branch : /\ a = b \/ a \in Earlier(b)
                      /\ p.branch[a] = "PENDING"
                      /\ \/ a = Pivot /\ ~p.pivot
                         \/ a \in Readers /\ p.branch[a - 1] # "DONE"

Suspected(p) ==
    LET isSuspect(b) == p.branch[b] \in {"PENDING", "CALLED"} /\ ~IsCertainlyUncalled(p, b)
    IN  IF p.state # "RUNNING" \/ Broken("pending-read-as-uncalled") THEN p
        ELSE [p EXCEPT !.branch = [b \in Branch |-> IF isSuspect(b) THEN "CALLED" ELSE p.branch[b]],
                       !.sent = [b \in Branch |-> IF isSuspect(b) THEN 2 ELSE p.sent[b]]]

Take(i, p) ==
    /\ life[i].runs /\ life[i].lease /\ ~life[i].dead
    /\ ~Holds(i)
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1, !.due = FALSE, !.parked = "no", !.exact = FALSE]
    /\ mem' = [mem EXCEPT ![i] = Held(p, row.rev + 1)]

(* Takes a row of an incarnation that was declared dead. *)
Adopt(i) ==
    /\ IsOpen /\ row.owner # Nobody /\ row.owner # i /\ life[row.owner].dead /\ ~Broken("dead-owners-rows-left")
    /\ Take(i, Suspected(row.p))
    /\ UNCHANGED <<life, asked, calls, part, told, left>>

(* Due rows without an owner. A row at rest contains every call that was ever made; a row marked by FailOver does not. *)
Claim(i) ==
    /\ IsOpen /\ row.owner = Nobody /\ row.due
    /\ Take(i, IF row.exact THEN row.p ELSE Suspected(row.p))
    /\ UNCHANGED <<life, asked, calls, part, told, left>>

---------------------------------------------------------------------------
(* Operators. Retry takes the row like a claim. *)

(* Stuck branches are called again. Sent calls stay counted. *)
Retry(i) ==
    LET p == IF row.exact THEN row.p ELSE Suspected(row.p)
    IN  /\ IsOpen /\ row.owner = Nobody /\ row.parked = "stuck" /\ left.acts > 0
        /\ Take(i, [p EXCEPT !.stuck = {},
                             !.tries = [b \in Branch |-> IF b \in p.stuck THEN 0 ELSE p.tries[b]],
                             !.sent = IF Broken("retry-makes-attempt-first") THEN [b \in Branch |-> 0] ELSE @])
        /\ left' = [left EXCEPT !.acts = @ - 1]
        /\ UNCHANGED <<life, asked, calls, part, told>>

(* The outcome "never_happened" switches the transaction to undo. The branch is undone nevertheless, so that a late *)
(* call finds a tombstone.                                                                                          *)
ResolveNeverHappened(i, b) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "RUNNING" /\ ~p.pivot /\ left.acts > 0
        /\ p.branch[b] = "CALLED" /\ mem[i].awaits[b] = Nothing
        /\ LET resolved == [p EXCEPT !.branch[b] = "FAILED"]
           IN  IF Broken("never-happened-without-tombstone")
               THEN ~IsAwaiting(i) /\ Becomes(i, [Turned(resolved) EXCEPT !.branch[b] = "SKIPPED"])
               ELSE Becomes(i, resolved)
        /\ left' = [left EXCEPT !.acts = @ - 1]
        /\ UNCHANGED <<row, life, asked, calls, part, told>>

(* `entente recover`: after a failover, when an operator has checked. *)
Release(i) ==
    /\ IsOpen /\ row.parked = "failover" /\ row.owner = Nobody /\ left.acts > 0
    /\ row' = [row EXCEPT !.parked = "no", !.due = TRUE]
    /\ left' = [left EXCEPT !.acts = @ - 1]
    /\ UNCHANGED <<life, mem, asked, calls, part, told>>

---------------------------------------------------------------------------
(* Participants. They tolerate lost, late and repeated calls: see ../../docs/participants.md. *)

(* An incarnation that still waits for this call may receive the response, or not. (A late response equals a call *)
(* that arrives again: the response is then equal, or the branch is undone.)                                      *)
Answer(c, says) ==
    \/ mem' = mem
    \/ \E i \in Incarnation : Works(i) /\ mem[i].awaits[c.branch] = c /\ Learn(i, c.branch, says)

(* A repeated call gets an equal response. Without a stored verdict, another attempt may get another response, *)
(* because goods are in stock again.                                                                           *)
ArriveForward(c) ==
    LET b == c.branch
        me == part[b]
        do == part' = [part EXCEPT ![b].fwd = "done"] /\ Answer(c, "done")
        forget == part' = [part EXCEPT ![b].noes = @ \cup {c}]
        refuse == \/ b \notin Settlers /\ forget /\ Answer(c, "rejected")
                  \/ b \in Settlers /\ ~Broken("barrier-without-verdicts")
                     /\ part' = [part EXCEPT ![b].fwd = "refused"] /\ Answer(c, "settled")
                  \/ b \in Settlers /\ Broken("barrier-without-verdicts") /\ forget /\ Answer(c, "settled")
    IN  CASE me.fwd = "undone"  -> part' = part /\ Answer(c, "failed")
          [] me.fwd = "done"    -> part' = part /\ Answer(c, "done")
          [] me.fwd = "refused" -> part' = part /\ Answer(c, "settled")
          [] me.fwd = "new" /\ c \in me.noes -> refuse
          [] OTHER -> do \/ (b \in Refusers /\ refuse)

(* An undo leaves a tombstone, with or without an earlier effect: a later forward call is refused. *)
ArriveUndo(c) == part' = [part EXCEPT ![c.branch].fwd = "undone"] /\ Answer(c, "done")

(* A completion is refused if its forward operation was not done. *)
ArriveCompletion(c) ==
    IF part[c.branch].fwd = "done"
    THEN part' = [part EXCEPT ![c.branch].completed = TRUE] /\ Answer(c, "done")
    ELSE part' = part /\ Answer(c, "failed")

Arrive(c) ==
    /\ CASE c.op = "forward" -> ArriveForward(c) [] c.op = "undo" -> ArriveUndo(c) [] c.op = "completion" -> ArriveCompletion(c)
    /\ UNCHANGED <<row, life, asked, calls, told, left>>

---------------------------------------------------------------------------
(* Crashes and leases of incarnations *)

Other(i) == CHOOSE j \in Incarnation : j # i

(* A fault requires that the other incarnation is alive. Two incarnations are sufficient for all cases. *)
MayFail(i) == left.faults > 0 /\ life[Other(i)].runs /\ ~life[Other(i)].dead

(* kill -9. A submit in progress may still reach the database. *)
Crash(i) ==
    /\ life[i].runs /\ MayFail(i)
    /\ life' = [life EXCEPT ![i].runs = FALSE, ![i].lease = FALSE]
    /\ mem' = [mem EXCEPT ![i] = Nothing]
    /\ left' = [left EXCEPT !.faults = @ - 1]
    /\ UNCHANGED <<row, asked, calls, part, told>>

(* The lease expires by the incarnation's own clock: the process was stopped, or has lost its connection to the      *)
(* database. The process still runs: a zombie. It decides and writes as before; only the fence and the lease prevent *)
(* effects.                                                                                                          *)
Lapse(i) ==
    /\ life[i].runs /\ life[i].lease /\ MayFail(i)
    /\ life' = [life EXCEPT ![i].lease = FALSE]
    /\ left' = [left EXCEPT !.faults = @ - 1]
    /\ UNCHANGED <<row, mem, asked, calls, part, told>>

Renew(i) ==
    /\ life[i].runs /\ ~life[i].lease
    /\ ~life[i].dead \/ Broken("renewal-after-death")
    /\ life' = [life EXCEPT ![i].lease = TRUE]
    /\ UNCHANGED <<row, mem, asked, calls, part, told, left>>

(* An observer sees no heartbeat for the length of a lease, or that the process has ended. By the holder's clock the *)
(* lease has then expired too, because the holder counts from before it sent the renewal.                            *)
DeclareDead(i) ==
    /\ ~life[i].dead /\ ~life[i].lease
    /\ life[Other(i)].runs /\ life[Other(i)].lease
    /\ life' = [life EXCEPT ![i].dead = TRUE]
    /\ UNCHANGED <<row, mem, asked, calls, part, told, left>>

(* A refused renewal ends this incarnation. The process continues as a new incarnation, which the model omits. *)
Expire(i) ==
    /\ life[i].runs /\ life[i].dead
    /\ life' = [life EXCEPT ![i].runs = FALSE, ![i].lease = FALSE]
    /\ mem' = [mem EXCEPT ![i] = Nothing]
    /\ UNCHANGED <<row, asked, calls, part, told, left>>

(* The database fails over to a standby that may lack commits. Every incarnation loses its memory, and every open *)
(* transaction waits for an operator, even past its deadline.                                                     *)
FailOver ==
    /\ Failovers /\ left.faults > 0 /\ IsOpen
    /\ row' = [row EXCEPT !.owner = Nobody, !.rev = @ + 1, !.parked = "failover", !.due = Broken("deadline-over-failover"),
                          !.exact = FALSE]
    /\ mem' = [i \in Incarnation |-> Nothing]
    /\ left' = [left EXCEPT !.faults = @ - 1]
    /\ UNCHANGED <<life, asked, calls, part, told>>

---------------------------------------------------------------------------
(* All steps *)

(* The steps of coordinators. *)
Work ==
    \/ \E i \in Incarnation :
        \/ Accept(i)
        \/ RecordPivot(i) \/ Turn(i) \/ Complete(i) \/ End(i)
        \/ Flush(i) \/ Finish(i) \/ Park(i) \/ Sleep(i)
        \/ Adopt(i) \/ Claim(i) \/ Renew(i) \/ DeclareDead(i) \/ Expire(i)
        \/ \E b \in Branch : CallForward(i, b) \/ CallCompletion(i, b) \/ CallUndo(i, b) \/ TimeOut(i, b)

(* The steps of the environment. *)
World ==
    \/ FailOver
    \/ \E c \in calls : Arrive(c)
    \/ \E i \in Incarnation :
        \/ Submit(i) \/ Crash(i) \/ Lapse(i) \/ TakeDoubtForFailure(i)
        \/ Retry(i) \/ Release(i) \/ \E b \in Branch : ResolveNeverHappened(i, b)

Next == Work \/ World

(* A coordinator takes a step if one is possible. The model assumes no progress of the network, participants, clients *)
(* or operators.                                                                                                      *)
Spec == Init /\ [][Next]_vars /\ WF_vars(Work)

---------------------------------------------------------------------------
(* The laws of ../../docs/laws.md *)

IsDecided(state) == row.p.state \in IF state = "UNDOING" THEN {"UNDOING", "ABORTED"} ELSE {"COMPLETING", "SUCCEEDED"}

(* A plan or a decision that was answered OK is durable. A refused plan is not stored. No call leaves before its *)
(* transaction is durable.                                                                                       *)
L1 ==
    /\ "accepted" \in told => row.kind # "none"
    /\ "refused" \in told => row.kind = "none"
    /\ "UNDOING" \in told => IsDecided("UNDOING")
    /\ "COMPLETING" \in told => IsDecided("COMPLETING")
    /\ calls # {} => row.kind # "none"

(* No completion and no undo leaves before its decision is durable. No pivot call leaves before it is on record that *)
(* the pivot is called.                                                                                              *)
L2 == \A c \in calls :
    /\ c.op = "undo" => IsDecided("UNDOING")
    /\ c.op = "completion" => IsDecided("COMPLETING")
    /\ c.op = "forward" /\ c.branch = Pivot => row.p.pivot

(* A response that a later call reads is durable before that call leaves. *)
L3 == \A c \in calls : c.op = "forward" /\ c.branch \in Readers => row.p.branch[c.branch - 1] \in {"DONE", "UNDONE"}

(* No call starts after the lease has expired. No write of an incarnation that does not own the row changes the row. *)
L4 == ~row.usurped /\ \A c \in calls : ~c.tooLate

(* A final state is durable before it is reported, and never changes. *)
L5 == \A end \in Ends : end \in told => IsEnded /\ row.p.state = end
L5Forever == [][IsEnded => row' = row]_row

(* Every open row has an owner, is due, or is parked. A live owner has the transaction in memory. At most one live *)
(* incarnation has it.                                                                                             *)
IsAlive(i) == life[i].runs /\ life[i].lease
L6 ==
    /\ IsOpen => row.owner # Nobody \/ row.due \/ row.parked # "no"
    /\ IsOpen /\ row.owner # Nobody /\ IsAlive(row.owner) => Holds(row.owner)
    /\ ~\A i \in Incarnation : IsAlive(i) /\ Holds(i)

(* The purpose of the laws. This holds at the final state and after it, whichever calls still arrive. *)
Stands(b) == part[b].fwd = "done"
AllOrNothing ==
    IsEnded => \A b \in Branch :
        /\ row.p.state = "SUCCEEDED" => Stands(b) /\ (HasCompletion => part[b].completed)
        /\ row.p.state = "ABORTED" => ~Stands(b)

(* After a failover, only an operator action changes an open transaction. *)
FailoverWaits == [][row.parked = "failover" => row' = row \/ left'.acts < left.acts]_vars

(* Every accepted transaction finishes or is parked. *)
Termination == row.kind = "open" ~> (row.kind = "finished" \/ row.parked # "no")
============================================================================
