/// What a request is, as its gateway describes it: `route=…`, `ip=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// Keys and values, in the gateway's order.
    pub entries: Vec<(String, String)>,
    /// A limit that the gateway sets itself, instead of the rule's.
    pub limit: Option<(u32, std::time::Duration)>,
    /// How many tokens it costs.
    pub cost: u32,
}
