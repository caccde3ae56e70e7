package fleet

// PolicyDays is for how many days one of Yggio's retention policies keeps points,
// by their own times; 0 is for ever. Not ok: there is no such policy.
func PolicyDays(policy string) (days int, ok bool) { return policyDays(policy) }
