//! Objects of Kubernetes, and the pods that they make.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the objects of one set of values are.
#[derive(Debug)]
pub struct Rendering {
    pub set: String,
    pub objects: Vec<Value>,
}

/// A pod as the object that makes it has it.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    pub owner: &'a Value,
    pub metadata: &'a Value,
    pub spec: &'a Value,
}

/// A container; `lasting`: it runs as long as its pod.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    pub spec: &'a Value,
    pub lasting: bool,
}

const NOTHING: &Value = &Value::Null;

/// What is at a JSON pointer; null if nothing is.
pub fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(NOTHING)
}

/// The text at a pointer; empty if there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_default()
}

/// The items at a pointer.
pub fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    at(value, pointer).as_array().map_or(&[], Vec::as_slice)
}

/// The texts of a map at a pointer.
pub fn map(value: &Value, pointer: &str) -> BTreeMap<String, String> {
    let entries = at(value, pointer).as_object();
    let entries = entries.into_iter().flatten();
    entries
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

/// `Deployment tale-storyloom-auth`
pub fn title(object: &Value) -> String {
    format!("{} {}", kind(object), name(object))
}

pub fn kind(object: &Value) -> &str {
    text(object, "/kind")
}

pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// What the object is for, such as `story-worker`.
pub fn component(object: &Value) -> &str {
    text(object, "/metadata/labels/app.kubernetes.io~1component")
}

/// Whether all of the labels that a selector wants are there.
pub fn selects(selector: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> bool {
    selector
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value))
}

impl Rendering {
    pub fn of_kind<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.objects.iter().filter(move |it| kind(it) == wanted)
    }

    pub fn find(&self, wanted: &str, named: &str) -> Option<&Value> {
        let mut objects = self.objects.iter();
        objects.find(|it| kind(it) == wanted && name(it) == named)
    }

    /// Every pod that its objects make.
    pub fn pods(&self) -> Vec<Pod<'_>> {
        self.objects.iter().filter_map(pod).collect()
    }
}

fn pod(owner: &Value) -> Option<Pod<'_>> {
    let place = match kind(owner) {
        "Pod" => "",
        "CronJob" => "/spec/jobTemplate/spec/template",
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => "/spec/template",
        _ => return None,
    };
    let pod = owner.pointer(place)?;
    Some(Pod {
        owner,
        metadata: at(pod, "/metadata"),
        spec: at(pod, "/spec"),
    })
}

impl<'a> Pod<'a> {
    pub fn title(&self) -> String {
        title(self.owner)
    }

    pub fn labels(&self) -> BTreeMap<String, String> {
        map(self.metadata, "/labels")
    }

    /// Whether it runs until it is told to end.
    pub fn is_lasting(&self) -> bool {
        matches!(kind(self.owner), "Deployment" | "StatefulSet" | "DaemonSet")
    }

    /// Whether it reads the node's files, which no other may.
    pub fn is_shipper(&self) -> bool {
        kind(self.owner) == "DaemonSet" && component(self.owner) == "logshipper"
    }

    /// All containers, those that run first included.
    pub fn containers(&self) -> Vec<Container<'a>> {
        let first = items(self.spec, "/initContainers").iter();
        let first = first.map(|spec| Container {
            spec,
            lasting: text(spec, "/restartPolicy") == "Always",
        });
        let lasting = self.is_lasting();
        let others = items(self.spec, "/containers").iter();
        first
            .chain(others.map(|spec| Container { spec, lasting }))
            .collect()
    }

    /// Names and numbers of its ports.
    pub fn ports(&self) -> Vec<(String, u64)> {
        let containers = self.containers();
        let ports = containers.iter().flat_map(|it| items(it.spec, "/ports"));
        ports
            .map(|it| {
                let number = at(it, "/containerPort").as_u64().unwrap_or_default();
                (text(it, "/name").to_owned(), number)
            })
            .collect()
    }
}

impl Container<'_> {
    pub fn name(&self) -> &str {
        text(self.spec, "/name")
    }

    /// Variables with a value.
    pub fn variables(&self) -> Vec<(&str, &str)> {
        let variables = items(self.spec, "/env").iter();
        variables
            .map(|it| (text(it, "/name"), text(it, "/value")))
            .collect()
    }
}
