------------------------------ MODULE Joining ------------------------------
(***************************************************************************)
(* Branches that join a TCC transaction after its acceptance. There are    *)
(* two cases:                                                              *)
(*                                                                         *)
(* - Interactive: the client begins, registers each branch, tries it       *)
(*   itself, and then decides. If the client does not decide, the deadline *)
(*   decides. Until then the row has no owner. Therefore any coordinator   *)
(*   may register or decide, and the row resolves the race.                *)
(*                                                                         *)
(* - Nested: the owner tries branch 1. While that try has no response, its *)
(*   participant registers branch 2 below branch 1, and tries it. The      *)
(*   response to the parent's try names the child if the child's try       *)
(*   succeeded. A faulty participant responds without the child.           *)
(*                                                                         *)
(* The model shows: every branch whose registration was answered OK is     *)
(* part of the decision. No branch is confirmed without a try. All         *)
(* branches take effect, or none does. Entente models the branches of the  *)
(* submitted plan. Here crashes and stalls are one action, TakeOver: the   *)
(* former owner continues as a zombie, or does nothing, as if it were      *)
(* dead.                                                                   *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Nested,        \* TRUE: the nested case; FALSE: the interactive case
    TakeOvers,     \* the maximum number of takeovers after a crash or a stall
    Mutant         \* the broken rule, or "none"

Broken(rule) == Mutant = rule

Branch == {1, 2}
Parent == 1
Child == 2
Incarnation == {1, 2}
Nobody == 0

VARIABLES
    row,        \* the durable state. plan: the branches; list: the state of each branch, as last written
    mem,        \* of each incarnation: the row as the incarnation read or took it
    calls,      \* all calls that have left; each may arrive at any time, any number of times
    part,       \* of each branch: new, tried, refused (the verdict is stored), confirmed, cancelled
    asker,      \* the client, or the parent's participant. registered: the branches whose registration was answered OK; tried:
                \* the branches whose try succeeded; names: the children named by the response to the parent's try
    left        \* the remaining takeovers

vars == <<row, mem, calls, part, asker, left>>

Nothing == [kind |-> "nothing"]
Fresh == [b \in Branch |-> "PENDING"]
Held(state, plan, list, rev) == [kind |-> "held", state |-> state, plan |-> plan, list |-> list, rev |-> rev, trying |-> FALSE]

Init ==
    /\ row = [kind |-> "open", parked |-> FALSE, rev |-> 1, list |-> Fresh,
              state |-> IF Nested THEN "RUNNING" ELSE "BEGUN",
              plan |-> IF Nested THEN {Parent} ELSE {},
              owner |-> IF Nested THEN 1 ELSE Nobody]
    /\ mem = [i \in Incarnation |->
                IF Nested /\ i = 1 THEN Held("RUNNING", {Parent}, Fresh, 1) ELSE Nothing]
    /\ calls = {}
    /\ part = [b \in Branch |-> "new"]
    /\ asker = [asks |-> FALSE, registered |-> {}, tried |-> {}, names |-> {}, said |-> "nothing", told |-> {}]
    /\ left = TakeOvers

Holds(i) == mem[i].kind = "held"
IsOpen == row.kind = "open"
IsFenced(i) == IsOpen /\ row.owner = i /\ row.rev = mem[i].rev

(* A write of the owner: `where owner = me and rev = :expected`, and rev + 1. If the write is refused, the owner *)
(* drops its memory.                                                                                             *)
Write(i, written, kept) ==
    IF IsFenced(i)
    THEN row' = [written EXCEPT !.rev = row.rev + 1] /\ mem' = [mem EXCEPT ![i] = kept]
    ELSE row' = row /\ mem' = [mem EXCEPT ![i] = Nothing]

---------------------------------------------------------------------------
(* Interactive: the client *)

(* `update … set plan = plan || :branch, rev = rev + 1 where state = BEGUN and owner is null`: a decision that is *)
(* based on an earlier read finds another rev.                                                                    *)
Register(b) ==
    /\ ~Nested /\ asker.said = "nothing" /\ b \notin asker.registered
    /\ IsOpen /\ row.state = "BEGUN" /\ ~row.parked
    /\ row.owner = Nobody \/ Broken("register-by-state-alone")
    /\ row' = [row EXCEPT !.plan = @ \cup {b}, !.rev = IF Broken("register-by-state-alone") THEN @ ELSE @ + 1]
    /\ asker' = [asker EXCEPT !.registered = @ \cup {b}]
    /\ UNCHANGED <<mem, calls, part, left>>

(* A branch is registered before its try. The client may still try a branch after it has requested the decision. *)
TryByClient(b) ==
    /\ ~Nested /\ b \in asker.registered
    /\ calls' = calls \cup {[op |-> "try", branch |-> b]}
    /\ UNCHANGED <<row, mem, part, asker, left>>

(* The client's commit names the branches whose try succeeded. The client requests either commit or abort, and *)
(* repeats the request if necessary.                                                                           *)
Say(what) ==
    /\ ~Nested /\ asker.said = "nothing"
    /\ asker' = [asker EXCEPT !.said = what]
    /\ UNCHANGED <<row, mem, calls, part, left>>

(* Interactive: the coordinator *)

(* A commit or an abort arrives for a row without an owner: the row is read first. *)
Read(i) ==
    /\ asker.said # "nothing" /\ mem[i] = Nothing
    /\ IsOpen /\ row.state = "BEGUN" /\ row.owner = Nobody
    /\ mem' = [mem EXCEPT ![i] = [kind |-> "read", plan |-> row.plan, rev |-> row.rev]]
    /\ UNCHANGED <<row, calls, part, asker, left>>

(* The list of a decision: every branch of the plan that was read, as DONE, or as CALLED (it may have been tried). *)
Listed(plan, state) == [b \in Branch |-> IF b \in plan THEN state ELSE "PENDING"]
Decided(plan, state, how, rev) == Held(state, plan, Listed(plan, how), rev)

(* The deciding write also takes the row: `where owner is null and rev = :read`. If it changes no row, the row is *)
(* read again.                                                                                                    *)
TakeAndDecide(i, state, how) ==
    IF row.owner = Nobody /\ row.state = "BEGUN" /\ row.rev = mem[i].rev
    THEN /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1, !.state = state, !.list = Listed(mem[i].plan, how)]
         /\ mem' = [mem EXCEPT ![i] = Decided(mem[i].plan, state, how, row.rev + 1)]
         /\ asker' = [asker EXCEPT !.told = @ \cup {state}]
    ELSE row' = row /\ asker' = asker /\ mem' = [mem EXCEPT ![i] = Nothing]

(* A branch without a successful try prevents the commit; then nothing is decided. *)
Commit(i) ==
    /\ mem[i].kind = "read" /\ asker.said = "commit"
    /\ mem[i].plan \subseteq asker.tried \/ Broken("untried-branch-confirmed")
    /\ TakeAndDecide(i, "COMPLETING", "DONE")
    /\ UNCHANGED <<calls, part, left>>

Refuse(i) ==
    /\ mem[i].kind = "read" /\ asker.said = "commit" /\ ~(mem[i].plan \subseteq asker.tried)
    /\ mem' = [mem EXCEPT ![i] = Nothing]
    /\ asker' = [asker EXCEPT !.said = "abort"]
    /\ UNCHANGED <<row, calls, part, left>>

Abort(i) ==
    /\ mem[i].kind = "read" /\ asker.said = "abort"
    /\ TakeAndDecide(i, "UNDOING", "CALLED")
    /\ UNCHANGED <<calls, part, left>>

(* The deadline: an incarnation claims the row, and then decides. In between the row has an owner, which gets the *)
(* registrations and the commit or abort.                                                                         *)
ClaimForDeadline(i) ==
    /\ IsOpen /\ row.state = "BEGUN" /\ row.owner = Nobody /\ ~Holds(i)
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1]
    /\ mem' = [mem EXCEPT ![i] = Held("BEGUN", row.plan, Fresh, row.rev + 1)]
    /\ UNCHANGED <<calls, part, asker, left>>

DecideByDeadline(i) ==
    LET m == mem[i]
    IN  /\ Holds(i) /\ m.state = "BEGUN"
        /\ Write(i, [row EXCEPT !.state = "UNDOING", !.list = Listed(m.plan, "CALLED")],
                 Decided(m.plan, "UNDOING", "CALLED", row.rev + 1))
        /\ UNCHANGED <<calls, part, asker, left>>

---------------------------------------------------------------------------
(* Nested *)

TryParent(i) ==
    /\ Nested /\ Holds(i) /\ mem[i].state = "RUNNING" /\ ~mem[i].trying /\ mem[i].list[Parent] \in {"PENDING", "CALLED"}
    /\ calls' = calls \cup {[op |-> "try", branch |-> Parent]}
    /\ mem' = [mem EXCEPT ![i].trying = TRUE, ![i].list[Parent] = "CALLED"]
    /\ UNCHANGED <<row, part, asker, left>>

(* The owner gets the participant's registration, and accepts it only while the parent's try has no response. *)
RegisterChild(i) ==
    /\ Nested /\ asker.asks /\ Child \notin asker.registered
    /\ Holds(i) /\ mem[i].state = "RUNNING" /\ mem[i].trying
    /\ Write(i, [row EXCEPT !.plan = @ \cup {Child}, !.list = mem[i].list],
             [mem[i] EXCEPT !.plan = @ \cup {Child}, !.rev = row.rev + 1])
    /\ asker' = IF IsFenced(i) THEN [asker EXCEPT !.registered = {Child}] ELSE asker
    /\ UNCHANGED <<calls, part, left>>

TryChild ==
    /\ Nested /\ Child \in asker.registered /\ part[Parent] = "new"
    /\ calls' = calls \cup {[op |-> "try", branch |-> Child]}
    /\ UNCHANGED <<row, mem, part, asker, left>>

(* The outcome of the parent's try. In the model a try that times out fails at once; only a new owner tries again.  *)
(* The child has no outcome of its own: it is done if its parent is. Otherwise it may have been tried, even below a *)
(* parent with a trusted rejection.                                                                                 *)
ParentIs(m, state) == [m EXCEPT !.list[Parent] = state, !.trying = FALSE]

TimeOut(i) ==
    /\ Nested /\ Holds(i) /\ mem[i].trying
    /\ mem' = [mem EXCEPT ![i] = ParentIs(mem[i], "FAILED")]
    /\ UNCHANGED <<row, calls, part, asker, left>>

DecideNested(i) ==
    LET m == mem[i]
        completes == m.list[Parent] = "DONE"
        child == IF Child \notin m.plan THEN "PENDING"
                 ELSE IF completes THEN "DONE"
                 ELSE IF Broken("children-of-rejected-left") /\ m.list[Parent] = "REJECTED" THEN "SKIPPED"
                 ELSE "CALLED"
        list == [m.list EXCEPT ![Child] = child]
        state == IF completes THEN "COMPLETING" ELSE "UNDOING"
    IN  /\ Nested /\ Holds(i) /\ m.state = "RUNNING" /\ ~m.trying
        /\ m.list[Parent] \in {"DONE", "REJECTED", "FAILED"}
        /\ Write(i, [row EXCEPT !.state = state, !.list = list], [m EXCEPT !.state = state, !.list = list, !.rev = row.rev + 1])
        /\ UNCHANGED <<calls, part, asker, left>>

---------------------------------------------------------------------------
(* Settling, in both cases: parents are confirmed before their children, and cancelled after them *)

Needs(m, b) == IF m.state = "COMPLETING" THEN m.list[b] = "DONE" ELSE m.list[b] \in {"CALLED", "DONE", "FAILED"}
IsItsTurn(m, b) ==
    Nested => IF m.state = "COMPLETING" THEN b = Child => ~Needs(m, Parent) ELSE b = Parent => ~Needs(m, Child)

Settle(i, b) ==
    /\ Holds(i) /\ mem[i].state \in {"COMPLETING", "UNDOING"} /\ Needs(mem[i], b) /\ IsItsTurn(mem[i], b)
    /\ calls' = calls \cup {[op |-> IF mem[i].state = "COMPLETING" THEN "confirm" ELSE "cancel", branch |-> b]}
    /\ UNCHANGED <<row, mem, part, asker, left>>

(* After a refusal, or without a response. *)
Park(i) ==
    /\ Holds(i) /\ mem[i].state \in {"COMPLETING", "UNDOING"}
    /\ Write(i, [row EXCEPT !.owner = Nobody, !.parked = TRUE, !.list = mem[i].list], Nothing)
    /\ UNCHANGED <<calls, part, asker, left>>

End(i) ==
    LET m == mem[i]
    IN  /\ Holds(i) /\ m.state \in {"COMPLETING", "UNDOING"} /\ \A b \in Branch : ~Needs(m, b)
        /\ Write(i, [row EXCEPT !.kind = "finished", !.owner = Nobody, !.list = m.list,
                                !.state = IF m.state = "COMPLETING" THEN "SUCCEEDED" ELSE "ABORTED"], Nothing)
        /\ UNCHANGED <<calls, part, asker, left>>

(* The owner died or stalled. The new owner reads the durable state; the parent's try may have left. The former owner *)
(* may continue as a zombie.                                                                                          *)
TakeOver(i) ==
    /\ left > 0 /\ IsOpen /\ row.owner \notin {Nobody, i}
    /\ left' = left - 1
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1]
    /\ mem' = [mem EXCEPT ![i] = Held(row.state, row.plan,
                                         IF row.state = "RUNNING" THEN [row.list EXCEPT ![Parent] = "CALLED"] ELSE row.list,
                                         row.rev + 1)]
    /\ UNCHANGED <<calls, part, asker>>

---------------------------------------------------------------------------
(* Participants with a barrier: a repeated call gets an equal response, and a cancelled branch refuses its try *)

Hear(c, state) ==
    \/ UNCHANGED mem
    \/ \E i \in Incarnation : /\ Holds(i) /\ mem[i].state \in {"COMPLETING", "UNDOING"} /\ Needs(mem[i], c.branch)
                              /\ mem' = [mem EXCEPT ![i].list[c.branch] = state]

HearParent(state) ==
    \/ UNCHANGED mem
    \/ \E i \in Incarnation : Holds(i) /\ mem[i].trying /\ mem' = [mem EXCEPT ![i] = ParentIs(mem[i], state)]

(* If the response to the parent's try does not name a child that joined, the parent counts as FAILED. *)
HearDone(names) ==
    \/ UNCHANGED mem
    \/ \E i \in Incarnation :
        LET isLeftOut == Child \in mem[i].plan /\ Child \notin names /\ ~Broken("unnamed-child-confirmed")
        IN  Holds(i) /\ mem[i].trying /\ mem' = [mem EXCEPT ![i] = ParentIs(mem[i], IF isLeftOut THEN "FAILED" ELSE "DONE")]

(* The parent's handler registers a child and tries it, and succeeds after the child's try. A faulty handler ignores  *)
(* the child. Before its success the handler may reject at any moment. The verdict is stored with the named children. *)
ArriveAtParent ==
    CASE part[Parent] = "tried"   -> HearDone(asker.names) /\ UNCHANGED <<part, asker>>
      [] part[Parent] = "refused" -> HearParent("REJECTED") /\ UNCHANGED <<part, asker>>
      [] part[Parent] = "new" ->
           \/ asker' = [asker EXCEPT !.asks = TRUE] /\ UNCHANGED <<mem, part>>
           \/ /\ part[Child] = "tried" /\ part' = [part EXCEPT ![Parent] = "tried"]
              /\ asker' = [asker EXCEPT !.names = {Child}] /\ HearDone({Child})
           \/ part' = [part EXCEPT ![Parent] = "tried"] /\ HearDone({}) /\ UNCHANGED asker
           \/ part' = [part EXCEPT ![Parent] = "refused"] /\ HearParent("REJECTED") /\ UNCHANGED asker
      [] OTHER -> UNCHANGED <<mem, part, asker>>

ArriveTry(b) ==
    /\ part' = IF part[b] = "new" THEN [part EXCEPT ![b] = "tried"] ELSE part
    /\ asker' \in IF part'[b] = "tried" THEN {asker, [asker EXCEPT !.tried = @ \cup {b}]} ELSE {asker}     \* the response arrives, or not
    /\ UNCHANGED mem

Arrive(c) ==
    /\ c \in calls
    /\ CASE c.op = "try" /\ Nested /\ c.branch = Parent -> ArriveAtParent
         [] c.op = "try" -> ArriveTry(c.branch)
         [] c.op = "cancel" -> part' = [part EXCEPT ![c.branch] = "cancelled"] /\ Hear(c, "UNDONE") /\ UNCHANGED asker
         [] c.op = "confirm" /\ part[c.branch] \in {"tried", "confirmed"} ->
                part' = [part EXCEPT ![c.branch] = "confirmed"] /\ Hear(c, "CONFIRMED") /\ UNCHANGED asker
         [] OTHER -> UNCHANGED <<mem, part, asker>>
    /\ UNCHANGED <<row, calls, left>>

---------------------------------------------------------------------------
Work ==
    \E i \in Incarnation :
        \/ Read(i) \/ Commit(i) \/ Refuse(i) \/ Abort(i) \/ ClaimForDeadline(i) \/ DecideByDeadline(i)
        \/ TryParent(i) \/ TimeOut(i) \/ DecideNested(i) \/ End(i) \/ Park(i)

World ==
    \/ TryChild
    \/ \E what \in {"commit", "abort"} : Say(what)
    \/ \E b \in Branch : Register(b) \/ TryByClient(b)
    \/ \E c \in calls : Arrive(c)
    \/ \E i \in Incarnation : TakeOver(i) \/ RegisterChild(i) \/ \E b \in Branch : Settle(i, b)

Next == Work \/ World

Spec == Init /\ [][Next]_vars /\ WF_vars(Work)

---------------------------------------------------------------------------
IsDecided(state) == row.state \in IF state = "UNDOING" THEN {"UNDOING", "ABORTED"} ELSE {"COMPLETING", "SUCCEEDED"}

(* A registration or a decision that was answered OK is durable. No call leaves before its branch is durable. *)
L1 ==
    /\ asker.registered \subseteq row.plan
    /\ \A c \in calls : c.branch \in row.plan
    /\ \A state \in asker.told : IsDecided(state)

L2 == \A c \in calls : (c.op = "confirm" => IsDecided("COMPLETING")) /\ (c.op = "cancel" => IsDecided("UNDOING"))

L6 == IsOpen => row.owner # Nobody \/ row.parked \/ row.state = "BEGUN"     \* BEGUN: due at its deadline

(* The decision contains every registered branch. *)
NoneLeftOut == row.state \notin {"BEGUN", "RUNNING"} => \A b \in row.plan : row.list[b] # "PENDING"

(* A confirm leaves only after the try of its branch was done. *)
ConfirmedWasTried == \A c \in calls : c.op = "confirm" => part[c.branch] \in {"tried", "confirmed"}

AllOrNothing ==
    row.kind = "finished" => \A b \in row.plan :
        /\ row.state = "SUCCEEDED" => part[b] = "confirmed"
        /\ row.state = "ABORTED" => part[b] \notin {"tried", "confirmed"}

L5Forever == [][row.kind = "finished" => row' = row]_row

Termination == row.kind = "open" ~> (row.kind = "finished" \/ row.parked)
============================================================================
